# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The main function of every node: start, spin, stop cleanly on Ctrl-C and SIGTERM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import sys

import rclpy
from rclpy.exceptions import (
    InvalidParameterException,
    InvalidParameterTypeException,
    InvalidParameterValueException,
)
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor
from rclpy.node import Node

_BAD_PARAMETER = (
    InvalidParameterException,
    InvalidParameterTypeException,
    InvalidParameterValueException,
)


def run(
    make_nodes: Callable[[], Sequence[Node]],
    args: Sequence[str] | None = None,
    *,
    num_threads: int = 4,
) -> int:
    """Run nodes until they are told to stop; returns the exit status.

    Args:
        make_nodes: builds the nodes, called once ROS is up.
        args: the command line, sys.argv when None.
        num_threads: one for each callback group that must not wait for another.

    Each node's `destroy_node` is called on the way out, in reverse order: that is where a node
    leaves its hardware safe.
    """
    rclpy.init(args=args)
    nodes: list[Node] = []
    try:
        nodes.extend(make_nodes())
        executor = MultiThreadedExecutor(num_threads=num_threads)
        for node in nodes:
            executor.add_node(node)
        executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except _BAD_PARAMETER as error:
        print(f'bad parameter: {error}', file=sys.stderr)
        return 1
    finally:
        for node in reversed(nodes):
            node.destroy_node()
        rclpy.try_shutdown()
    return 0
