# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One instruction executed for a bounded time: when it ends, and why."""

from __future__ import annotations

from dataclasses import dataclass
import enum
import math
import threading


class Outcome(enum.IntEnum):
    """Why a run ended, in the numbers of genvla_msgs/ExecuteInstruction."""

    TIME_OVER = 1
    CANCELED = 2
    REPLACED = 3
    FAILED = 4


@dataclass(frozen=True)
class Ending:
    """How a run ended: the outcome and a sentence for the operator."""

    outcome: Outcome
    message: str


class InstructionRun:
    """Tracks one instruction from the moment it is in force; thread safe."""

    def __init__(self, *, revision: int, started_s: float, max_duration_s: float) -> None:
        """Start the run.

        Args:
            revision: Number of the instruction among all that have been in force.
            started_s: The current time [s].
            max_duration_s: How long the run may last [s]; 0: until it is cancelled.
        """
        self.revision = revision
        self._started_s = started_s
        self._max_duration_s = max_duration_s
        self._lock = threading.Lock()
        self._num_chunks = 0
        self._confidence = math.nan

    def count(self, revision: int, confidence: float) -> None:
        """Count a published chunk if it is of this run; keep its first action's confidence."""
        with self._lock:
            if revision == self.revision:
                self._num_chunks += 1
                self._confidence = confidence

    @property
    def num_chunks(self) -> int:
        """Number of chunks published for this instruction."""
        with self._lock:
            return self._num_chunks

    @property
    def confidence(self) -> float:
        """Confidence of the newest chunk's first action; NaN without a chunk or a measure."""
        with self._lock:
            return self._confidence

    def elapsed_s(self, now_s: float) -> float:
        """Return the time since the start [s]."""
        return max(0.0, now_s - self._started_s)

    def ending(
        self, now_s: float, *, revision: int | None, cancel_requested: bool
    ) -> Ending | None:
        """Return how the run has ended by `now_s` [s]; None if it continues.

        Args:
            now_s: The current time [s].
            revision: Number of the instruction in force; None: the policy is not active.
            cancel_requested: Whether the client has cancelled.
        """
        if cancel_requested:
            return Ending(Outcome.CANCELED, 'cancelled; the policy has no instruction now')
        if revision is None:
            return Ending(
                Outcome.FAILED, 'the policy was deactivated; activate it and send the goal again'
            )
        if revision != self.revision:
            return Ending(
                Outcome.REPLACED, 'set_instruction has replaced or withdrawn the instruction'
            )
        if self._max_duration_s > 0.0 and self.elapsed_s(now_s) >= self._max_duration_s:
            return Ending(
                Outcome.TIME_OVER,
                f'{self._max_duration_s:g} s have passed; the policy has no instruction now',
            )
        return None
