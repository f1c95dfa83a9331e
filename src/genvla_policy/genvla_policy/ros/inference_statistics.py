# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Statistics of a running policy: its rate, its latency and its failures."""

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
    """The statistics at one moment.

    Attributes:
        num_chunks: Number of chunks published since activation, including separate first actions.
        num_void: Number of answers dropped because the instruction changed, or the policy was
            deactivated, during the inference.
        num_failures: Number of failed attempts: images that could not be converted, texts that
            could not be decoded, other errors of the inference.
        last_failure: Error of the newest attempt; empty if it succeeded.
        rate_hz: Whole chunks per second over the newest ones; 0 if there are fewer than two.
        latency_p50_s: Median time from the images' snapshot to the finished chunk [s]; 0 if there
            is none.
        latency_p95_s: 95th percentile of that time [s].
        image_to_first_action_s: Median age of an image when the first action that answers it is
            published [s]; 0 if there is none.
        image_to_chunk_s: Median age of an image when the whole chunk is published [s].
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
    """Counts the results of the worker; thread safe."""

    def __init__(self) -> None:
        """Start at zero."""
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Reset to zero."""
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
        """Count a published chunk, or a first action that is published before its chunk.

        Args:
            now_s: The time of publishing [s].
            latency_s: Time from the images' snapshot to the chunk [s].
            image_age_s: Age of the images [s].
            is_first: Whether nothing that answers these images was published before.
            is_whole: Whether the chunk is whole.
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
        """Count an image that was not answered; the reason includes a remedy."""
        with self._lock:
            self._num_failures[kind] += 1
            self._last_failure = reason

    @property
    def num_chunks(self) -> int:
        """Number of chunks published since activation."""
        with self._lock:
            return self._num_chunks

    def figures(self, now_s: float) -> InferenceFigures:
        """Return the statistics at `now_s` [s], on the clock of `chunk`."""
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
        # The rate of a policy that has gone silent drops as soon as the next chunk is overdue.
        silent_s = now_s - self._times_s[-1]
        elapsed_s = self._times_s[-1] - self._times_s[0] + max(0.0, silent_s - period_s)
        return spans / elapsed_s if elapsed_s > 0.0 else 0.0


def _median(values: deque[float]) -> float:
    return float(np.median(values)) if values else 0.0
