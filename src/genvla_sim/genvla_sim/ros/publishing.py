# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Stamping and publishing from threads that run on while ROS is shut down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from builtin_interfaces.msg import Time
from rclpy.node import Node

from genvla_node.stamps import stamp_from_seconds
from genvla_sim.simulation_loop import SimulationLoop


def present_stamp(node: Node, loop: SimulationLoop) -> Time:
    """The node's clock in real time, as drivers stamp; else simulated time, as on /clock.

    Simulated time is taken from the source: the node's own clock runs one delivery behind it.
    """
    if loop.keeps_real_time:
        return node.get_clock().now().to_msg()
    return stamp_from_seconds(loop.time_s)


def until_shutdown(node: Node, callback: Callable[..., None]) -> Callable[..., None]:
    """Wrap a callback of another thread, which runs on while a SIGTERM has ended ROS already."""

    def wrapped(*args: Any) -> None:
        try:
            callback(*args)
        except RuntimeError:  # rclpy's RCLError, which has no public name
            if node.context.ok():
                raise

    return wrapped
