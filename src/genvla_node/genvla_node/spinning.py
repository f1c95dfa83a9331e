# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A node that is spun by a thread of its own, for programs that wait in theirs."""

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
    """Hold a plain node in a context of its own, spun by a thread until the block is left.

    The node still works after Ctrl-C, inside the block: rclpy's own handler of signals, which
    would shut ROS down before what has to be made safe is safe, is not installed.

    Args:
        name: Of the node.
        args: Command line with ROS arguments; None: that of the process.
        domain_id: None: ROS_DOMAIN_ID.
        failures: Gets what a callback raises, which ends the thread, as soon as that happens.

    Raises:
        Exception: What a callback raised, when the block is left.
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
