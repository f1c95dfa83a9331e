# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Which clock a topic's messages are dated by."""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Any

_JUMP_S = 1.0
"""Stamps and times of recording that drift apart by this are not of one clock [s]."""
_OTHER_CLOCK_S = 60.0
"""No message is under way for so long: stamps so far off are of a clock that is set otherwise."""


@dataclass
class TopicClock:
    """Watches how far a topic's stamps are from the times at which they were recorded."""

    topic: str
    _least_s: float = math.inf
    _most_s: float = -math.inf
    _has_unstamped: bool = False

    def watch(self, stamp_s: float, received_s: float) -> None:
        """Take note of one message."""
        self._has_unstamped |= stamp_s == 0.0
        self._least_s = min(self._least_s, received_s - stamp_s)
        self._most_s = max(self._most_s, received_s - stamp_s)

    @property
    def notice(self) -> str:
        """Why the stamps are not used; empty: they are."""
        if self._has_unstamped:
            return f'{self.topic} has messages without a stamp: the times of recording are used'
        if self._most_s - self._least_s > _JUMP_S:
            return (
                f'the stamps of {self.topic} jump by {self._most_s - self._least_s:.1f} s against '
                'the clock of the recorder: the times of recording are used'
            )
        off_s = min(abs(self._least_s), abs(self._most_s))
        if _OTHER_CLOCK_S < off_s < math.inf:
            return (
                f'the stamps of {self.topic} are {off_s:.0f} s off the clock of the recorder (a '
                'clock that is not set, or simulated time): the times of recording are used'
            )
        return ''

    def time_s(self, stamp_s: float, received_s: float) -> float:
        """Return when a message is from [s]."""
        return received_s if self.notice else stamp_s


def stamp_s(header: Any) -> float:
    """Return the seconds of a header's stamp, rounded as the times of recording are.

    Doubles of seconds since 1970 are 2e-7 s apart: two ways to round would put one of two equal
    times first.
    """
    return stamp_ns(header) * 1e-9


def stamp_ns(header: Any) -> int:
    """Return the nanoseconds of a header's stamp; what frames and chunks are matched by."""
    return _nanoseconds(header.stamp)


def duration_s(duration: Any) -> float:
    """Return the seconds of a builtin_interfaces/Duration."""
    return _nanoseconds(duration) * 1e-9


def _nanoseconds(time: Any) -> int:
    return int(time.sec) * 1_000_000_000 + int(time.nanosec)
