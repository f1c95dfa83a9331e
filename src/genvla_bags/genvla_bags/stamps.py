# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The clock that dates a topic's messages."""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Any

_JUMP_S = 1.0
"""Stamps that drift from the recording times by more than this are not used [s]."""
_OTHER_CLOCK_S = 60.0
"""No message travels for this long: with a larger offset, the clocks are set differently [s]."""


@dataclass
class TopicClock:
    """Tracks the offset between a topic's stamps and the times at which they were recorded."""

    topic: str
    _least_s: float = math.inf
    _most_s: float = -math.inf
    _has_unstamped: bool = False

    def watch(self, stamp_s: float, received_s: float) -> None:
        """Update the offset with one message."""
        self._has_unstamped |= stamp_s == 0.0
        self._least_s = min(self._least_s, received_s - stamp_s)
        self._most_s = max(self._most_s, received_s - stamp_s)

    @property
    def notice(self) -> str:
        """Why the stamps are not used; empty if they are."""
        if self._has_unstamped:
            return f'{self.topic} has messages without a stamp: recording times are used instead'
        if self._most_s - self._least_s > _JUMP_S:
            return (
                f'the stamps of {self.topic} jump by {self._most_s - self._least_s:.1f} s against '
                'the clock of the recorder: recording times are used instead'
            )
        off_s = min(abs(self._least_s), abs(self._most_s))
        if _OTHER_CLOCK_S < off_s < math.inf:
            return (
                f'the stamps of {self.topic} are {off_s:.0f} s off the clock of the recorder (a '
                'clock that is not set, or simulated time): recording times are used instead'
            )
        return ''

    def time_s(self, stamp_s: float, received_s: float) -> float:
        """Return the time of a message [s]: its stamp, or its recording time if stamps are bad."""
        return received_s if self.notice else stamp_s


def stamp_s(header: Any) -> float:
    """Return a header's stamp in seconds, rounded as recording times are.

    Doubles of seconds since 1970 are 2e-7 s apart. If the two were rounded differently, equal
    times could compare as unequal.
    """
    return stamp_ns(header) * 1e-9


def stamp_ns(header: Any) -> int:
    """Return a header's stamp in nanoseconds, by which images and chunks are matched."""
    return _nanoseconds(header.stamp)


def duration_s(duration: Any) -> float:
    """Return a builtin_interfaces/Duration in seconds."""
    return _nanoseconds(duration) * 1e-9


def _nanoseconds(time: Any) -> int:
    return int(time.sec) * 1_000_000_000 + int(time.nanosec)
