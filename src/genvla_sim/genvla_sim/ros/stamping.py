# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Stamp the messages of the simulator."""

from __future__ import annotations

from builtin_interfaces.msg import Time
from rclpy.node import Node

from genvla_node.stamps import stamp_from_seconds
from genvla_sim.physics.simulation_loop import SimulationLoop


def present_stamp(node: Node, loop: SimulationLoop) -> Time:
    """Return real time from the node's clock, or simulated time as on /clock.

    Simulated time comes from the loop, because the node's own clock lags it by one delivery.
    """
    if loop.keeps_real_time:
        return node.get_clock().now().to_msg()
    return stamp_from_seconds(loop.time_s)
