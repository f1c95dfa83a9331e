# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A node that its own thread spins, for programs that wait in theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
import contextlib
import threading

import rclpy
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node


@contextlib.contextmanager
def spun_node(
    name: str,
    *,
    args: Sequence[str] | None = None,
    domain_id: int | None = None,
    failures: list[BaseException] | None = None,
) -> Iterator[Node]:
    """Create a plain node in its own context, spun by a thread until the block exits.

    The node still works after Ctrl-C, inside the block. rclpy's own signal handler is not
    installed: it would shut ROS down before the program has made the robot safe.

    Args:
        name: Name of the node.
        args: Command line with ROS arguments; None: that of the process.
        domain_id: None: ROS_DOMAIN_ID.
        failures: An exception in a callback ends the thread, and is appended here at once.

    Raises:
        Exception: The exception that a callback raised; raised when the block exits.
    """
    failures = [] if failures is None else failures
    context = Context()
    rclpy.init(args=args, context=context, domain_id=domain_id)
    node = rclpy.create_node(name, context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)

    def spin() -> None:
        try:
            executor.spin()
        except ExternalShutdownException:
            pass
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=spin, name=name, daemon=True)
    thread.start()
    try:
        yield node
    finally:
        executor.shutdown()
        thread.join()
        node.destroy_node()
        context.try_shutdown()
        if failures:
            raise failures[0]
