# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A node that is spun by a thread of its own, for programs that wait in theirs."""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
import threading

from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node


@contextlib.contextmanager
def spun(node: Node) -> Iterator[None]:
    """Spins a node in a thread, and destroys it when it is left; the context is the caller's."""
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)

    def spin() -> None:
        with contextlib.suppress(ExternalShutdownException):
            executor.spin()

    thread = threading.Thread(target=spin, name=node.get_name(), daemon=True)
    thread.start()
    try:
        yield
    finally:
        executor.shutdown()
        thread.join()
        node.destroy_node()
