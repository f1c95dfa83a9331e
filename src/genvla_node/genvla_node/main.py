# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The main function of all nodes: start, spin, and stop cleanly on Ctrl-C, SIGTERM and SIGHUP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import ctypes
import signal
import sys
from types import FrameType

import rclpy
from rclpy._rclpy_pybind11 import RCLError, RCLInvalidROSArgsError, UnknownROSArgsError
from rclpy.executors import Executor, ExternalShutdownException
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from genvla_node.executor import PromptExecutor
from genvla_node.parameters import ParameterError

_SIGNAL_LATENCY_S = 0.1
_GRACE_S = 2.0


def _four_threads() -> Executor:
    return PromptExecutor(num_threads=4)


def run(
    make_nodes: Callable[[], Sequence[Node]],
    args: Sequence[str] | None = None,
    *,
    make_executor: Callable[[], Executor] = _four_threads,
    terminated: int = 0,
) -> int:
    """Run nodes until a signal stops them, and return the exit status.

    With --help on the command line, print the docstring of the module that defines `make_nodes`.

    Each node's `destroy_node` is called at the end, in reverse order, while ROS still delivers
    messages: a node leaves its hardware safe there. rclpy's own signal handlers would shut ROS
    down before that.

    Args:
        make_nodes: Builds the nodes; called once ROS is initialised.
        args: Command line; None: sys.argv.
        make_executor: Builds the executor of the callbacks; by default with four threads, one for
            each callback group that must not wait for another.
        terminated: Exit status after SIGTERM and SIGHUP; after Ctrl-C it is 0.
    """
    if wants_help(args):
        print(sys.modules[make_nodes.__module__].__doc__)
        print('Parameters (docs/ros_interface.md): --ros-args -p NAME:=VALUE')
        return 0
    stop = _StopRequest()
    signals = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup ignores it
        signals.append(signal.SIGHUP)
    for number in signals:
        signal.signal(number, stop.note)
    try:
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    except (RCLError, RCLInvalidROSArgsError, UnknownROSArgsError) as error:
        # Drop the part of the message about rcl's source files, which helps no operator.
        sentence = str(error).partition(', at /')[0]
        if 'should be of same type' in sentence:
            sentence += '; in a list of numbers write 0.0, not 0'
        print(f'cannot start: {sentence}', file=sys.stderr)
        return 1
    nodes: list[Node] = []
    try:
        nodes.extend(make_nodes())
        _spin(nodes, make_executor(), stop)
    except ExternalShutdownException:
        pass
    except ParameterError as error:
        print(f'cannot start: {error}', file=sys.stderr)
        return 1
    finally:
        for node in reversed(nodes):
            node.destroy_node()
        rclpy.try_shutdown()
        # Ctrl-C in a terminal arrives twice, from the terminal and from launch, and a SIGTERM may
        # follow. A closed terminal sends SIGHUP twice. None of them may kill the interpreter while
        # it exits with the default actions.
        for number in signals:
            _ignore(number)
    return terminated if stop.number in (signal.SIGTERM, signal.SIGHUP) else 0


def wants_help(args: Sequence[str] | None = None) -> bool:
    """Return whether a command line (None: sys.argv) contains -h or --help."""
    return not {'-h', '--help'}.isdisjoint(sys.argv[1:] if args is None else args)


def _ignore(number: int) -> None:
    """Ignore a signal from now on.

    Python prints a traceback if a signal arrives while `signal.signal` sets it to be ignored. So
    the system ignores the signal first, and Python finds none left to handle.
    """
    ctypes.CDLL(None).signal(ctypes.c_int(number), ctypes.c_void_p(signal.SIG_IGN))
    signal.signal(number, signal.SIG_IGN)


class _StopRequest:
    """Records whether a signal requested a stop, and which signal came first.

    A signal handler must not take a lock, as an Event does: a second signal could interrupt the
    handler while it holds the lock, and then wait for the lock forever.
    """

    made = False
    number = 0

    def note(self, number: int, frame: FrameType | None) -> None:
        """Record a signal; this is the signal handler."""
        self.made, self.number = True, self.number or number


def _spin(nodes: Sequence[Node], executor: Executor, stop: _StopRequest) -> None:
    """Spin until a stop is requested; an exception from a callback propagates."""
    for node in nodes:
        executor.add_node(node)
    # Use a timeout: Python runs signal handlers in the main thread, but not while that thread
    # waits inside rclpy.
    while not stop.made:
        executor.spin_once(timeout_sec=_SIGNAL_LATENCY_S)
    executor.shutdown(_GRACE_S)
