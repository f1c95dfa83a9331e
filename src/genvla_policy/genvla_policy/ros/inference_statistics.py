# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Figures of a running policy: how often it answers, how fast, and what went wrong."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
import enum
import threading

import numpy as np

# Ten seconds at 5 Hz: long enough for a 95th percentile, short enough to show a change.
_WINDOW = 50


class Failure(enum.Enum):
    """Why an image was not answered."""

    IMAGE = 'image'
    DECODE = 'decode'
    INFERENCE = 'inference'


@dataclass(frozen=True)
class InferenceFigures:
    """The figures at one moment.

    Attributes:
        num_chunks: Chunks published in this activation, first actions of their own too.
        num_void: Answers dropped because the instruction changed while they were inferred.
        num_failures: Attempts that failed: images that could not be converted, texts that could
            not be decoded, other errors of the inference.
        last_failure: What went wrong in the newest attempt; empty: nothing.
        rate_hz: Whole chunks per second over the newest ones; 0: fewer than two.
        latency_p50_s: Median time from the images' snapshot to the finished chunk [s]; 0: none.
        latency_p95_s: Its 95th percentile [s].
        image_to_first_action_s: Median age of an image when the first action that answers it is
            published [s]; 0: none.
        image_to_chunk_s: The same, of the whole chunk [s].
    """

    num_chunks: int
    num_void: int
    num_failures: Mapping[Failure, int]
    last_failure: str
    rate_hz: float
    latency_p50_s: float
    latency_p95_s: float
    image_to_first_action_s: float
    image_to_chunk_s: float


class InferenceStatistics:
    """Counts what the worker does; thread safe."""

    def __init__(self) -> None:
        """Start at zero."""
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Start again at zero."""
        with self._lock:
            self._num_chunks = self._num_void = 0
            self._num_failures: Counter[Failure] = Counter()
            self._last_failure = ''
            self._times_s: deque[float] = deque(maxlen=_WINDOW)
            self._latencies_s: deque[float] = deque(maxlen=_WINDOW)
            self._first_ages_s: deque[float] = deque(maxlen=_WINDOW)
            self._chunk_ages_s: deque[float] = deque(maxlen=_WINDOW)

    def chunk(
        self,
        now_s: float,
        latency_s: float,
        *,
        image_age_s: float = 0.0,
        is_first: bool = True,
        is_whole: bool = True,
    ) -> None:
        """Count a chunk that was published, or the first action of one before the whole.

        Args:
            now_s: The time of publishing [s].
            latency_s: From the images' snapshot to the chunk [s].
            image_age_s: Age of the images [s].
            is_first: Nothing that answers these images was published before.
            is_whole: The chunk is whole.
        """
        with self._lock:
            self._num_chunks += 1
            if is_first:
                self._first_ages_s.append(image_age_s)
            if not is_whole:
                return
            self._chunk_ages_s.append(image_age_s)
            self._last_failure = ''
            self._times_s.append(now_s)
            self._latencies_s.append(latency_s)

    def void(self) -> None:
        """Count an answer that came too late to be published."""
        with self._lock:
            self._num_void += 1
            self._last_failure = ''

    def failure(self, kind: Failure, reason: str) -> None:
        """Count an image that was not answered, for a reason that says what to do."""
        with self._lock:
            self._num_failures[kind] += 1
            self._last_failure = reason

    @property
    def num_chunks(self) -> int:
        """Chunks published in this activation."""
        with self._lock:
            return self._num_chunks

    def figures(self, now_s: float) -> InferenceFigures:
        """Return the figures as they stand at `now_s` [s], on the clock of `chunk`."""
        with self._lock:
            latencies_s = list(self._latencies_s) or [0.0]
            p50_s, p95_s = np.percentile(latencies_s, (50, 95)).tolist()
            return InferenceFigures(
                num_chunks=self._num_chunks,
                num_void=self._num_void,
                num_failures={kind: self._num_failures[kind] for kind in Failure},
                last_failure=self._last_failure,
                rate_hz=self._rate_hz(now_s),
                latency_p50_s=p50_s,
                latency_p95_s=p95_s,
                image_to_first_action_s=_median(self._first_ages_s),
                image_to_chunk_s=_median(self._chunk_ages_s),
            )

    def _rate_hz(self, now_s: float) -> float:
        if len(self._times_s) < 2:
            return 0.0
        spans = len(self._times_s) - 1
        period_s = (self._times_s[-1] - self._times_s[0]) / spans
        # A policy that has fallen silent slows down from the moment the next chunk is overdue.
        silent_s = now_s - self._times_s[-1]
        elapsed_s = self._times_s[-1] - self._times_s[0] + max(0.0, silent_s - period_s)
        return spans / elapsed_s if elapsed_s > 0.0 else 0.0


def _median(values: deque[float]) -> float:
    return float(np.median(values)) if values else 0.0
