# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Which clock paces a node, and which one measures how long it was away."""

from __future__ import annotations

import time

from rclpy.clock import Clock, ClockType
from rclpy.node import Node


def pacing_clock(node: Node) -> Clock:
    """Return the clock for a node's timers: the node's own in simulated time, else a steady one.

    A timer on the system's clock does not run while that clock, which was set back, catches up:
    rcl mends timers when /clock jumps, and not when somebody sets the system's clock.
    """
    if node.get_parameter('use_sim_time').value:
        return node.get_clock()
    return Clock(clock_type=ClockType.STEADY_TIME)


def lived_s() -> float:
    """Return a time that nobody sets, and that goes on while the computer is suspended [s]."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
