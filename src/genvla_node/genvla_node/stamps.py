# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""ROS times and durations as seconds.

A float64 holds today's epoch time to a quarter of a microsecond, which is enough for scheduling. A
stamp that is only passed on stays in its original message.
"""

from __future__ import annotations

from builtin_interfaces.msg import Duration, Time

_NANOSECONDS = 1_000_000_000


def seconds_from_stamp(stamp: Time | Duration) -> float:
    """Return the seconds since the clock's epoch (Time), or in the interval (Duration)."""
    return float(stamp.sec) + stamp.nanosec / _NANOSECONDS


def stamp_from_seconds(seconds: float) -> Time:
    """Return the nearest Time message; negative times count down from the epoch, as in ROS."""
    whole, nanoseconds = divmod(round(seconds * _NANOSECONDS), _NANOSECONDS)
    return Time(sec=whole, nanosec=nanoseconds)


def duration_from_seconds(seconds: float) -> Duration:
    """Return the nearest Duration message."""
    whole, nanoseconds = divmod(round(seconds * _NANOSECONDS), _NANOSECONDS)
    return Duration(sec=whole, nanosec=nanoseconds)
