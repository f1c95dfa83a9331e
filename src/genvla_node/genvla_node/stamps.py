# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""ROS times and durations as seconds.

A float64 holds today's epoch time to a quarter of a microsecond. That is enough to schedule by;
a stamp that is only passed on is passed on as the message it came in.
"""

from __future__ import annotations

from builtin_interfaces.msg import Duration, Time

_NANOSECONDS = 1_000_000_000


def seconds_from_stamp(stamp: Time | Duration) -> float:
    """Seconds since the clock's epoch (of a Time) or in the interval (of a Duration)."""
    return float(stamp.sec) + stamp.nanosec / _NANOSECONDS


def stamp_from_seconds(seconds: float) -> Time:
    """Nearest Time message; negative times count down from the epoch as ROS has it."""
    whole, nanoseconds = divmod(round(seconds * _NANOSECONDS), _NANOSECONDS)
    return Time(sec=whole, nanosec=nanoseconds)


def duration_from_seconds(seconds: float) -> Duration:
    """Nearest Duration message."""
    whole, nanoseconds = divmod(round(seconds * _NANOSECONDS), _NANOSECONDS)
    return Duration(sec=whole, nanosec=nanoseconds)
