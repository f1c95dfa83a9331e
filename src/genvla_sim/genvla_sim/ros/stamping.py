# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The stamp of what the simulator publishes."""

from __future__ import annotations

from builtin_interfaces.msg import Time
from rclpy.node import Node

from genvla_node.stamps import stamp_from_seconds
from genvla_sim.physics.simulation_loop import SimulationLoop


def present_stamp(node: Node, loop: SimulationLoop) -> Time:
    """The node's clock in real time, as drivers stamp; else simulated time, as on /clock.

    Simulated time is taken from the source: the node's own clock runs one delivery behind it.
    """
    if loop.keeps_real_time:
        return node.get_clock().now().to_msg()
    return stamp_from_seconds(loop.time_s)
