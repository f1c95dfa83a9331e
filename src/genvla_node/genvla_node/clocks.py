# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The clock that paces a node, and the clock that measures how long it was suspended."""

from __future__ import annotations

import time

from rclpy.clock import Clock, ClockType
from rclpy.node import Node


def pacing_clock(node: Node) -> Clock:
    """Return the clock for a node's timers: the node's own in simulated time, else a steady one.

    If the system's clock is set back, a timer on it does not run until the clock has caught up.
    rcl corrects timers when /clock jumps, but not when the system's clock is set.
    """
    if node.get_parameter('use_sim_time').value:
        return node.get_clock()
    return Clock(clock_type=ClockType.STEADY_TIME)


def lived_s() -> float:
    """Return a time that cannot be set, and that continues while the computer is suspended [s]."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
