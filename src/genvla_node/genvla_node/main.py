# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The main function of every node: start, spin, stop cleanly on Ctrl-C and SIGTERM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import signal
import sys
import threading

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from genvla_node.executor import PromptExecutor
from genvla_node.parameters import ParameterError

_SIGNAL_LATENCY_S = 0.1
_GRACE_S = 2.0


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

    Each node's `destroy_node` is called on the way out, in reverse order, while ROS still carries
    messages: that is where a node leaves its hardware safe. rclpy's own signal handlers would
    shut ROS down before it.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    nodes: list[Node] = []
    try:
        nodes.extend(make_nodes())
        _spin(nodes, num_threads, stop)
    except ExternalShutdownException:
        pass
    except ParameterError as error:
        print(f'cannot start: {error}', file=sys.stderr)
        return 1
    finally:
        for node in reversed(nodes):
            node.destroy_node()
        rclpy.try_shutdown()
        # A Ctrl-C in a terminal comes twice, from the terminal and from launch: the second one
        # must not kill the interpreter, which is back at the default action, on its way out.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return 0


def _spin(nodes: Sequence[Node], num_threads: int, stop: threading.Event) -> None:
    """Spin until `stop` is set; what a callback raises comes out of here."""
    executor = PromptExecutor(num_threads=num_threads)
    for node in nodes:
        executor.add_node(node)
    # With a timeout: Python runs a signal handler in the main thread, and not while that waits
    # inside rclpy.
    while not stop.is_set():
        executor.spin_once(timeout_sec=_SIGNAL_LATENCY_S)
    # Running callbacks end before their nodes are destroyed; one that hangs is given up on.
    # Executor.shutdown means to wait for them, but tests its flag the wrong way round (rclpy 7.1).
    pool = executor._executor
    ending = threading.Thread(target=pool.shutdown, daemon=True)
    ending.start()
    ending.join(_GRACE_S)
    executor.shutdown()
