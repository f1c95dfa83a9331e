# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Report the health of nodes as an exit status, for a container's health check or a script.

python -m genvla_bringup.operate.health viperx_bridge policy
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import sys
import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.utilities import remove_ros_args
import tyro

from genvla_command.command_line import check_above_zero, parse
from genvla_node.diagnostics import Level
from genvla_node.node_names import in_diagnostics
from genvla_node.qos import COMMAND


@dataclass(frozen=True)
class HealthOptions:
    """Which nodes must be healthy."""

    nodes: tyro.conf.Positional[tuple[str, ...]]
    """Names, such as viperx_bridge."""
    timeout: float = 5.0
    """How long to listen [s]."""

    def __post_init__(self) -> None:
        """Reject an empty list of nodes, or a timeout that is not above 0."""
        if not self.nodes:
            raise ValueError('name at least one node')
        check_above_zero(timeout=self.timeout)


def complaints(nodes: Iterable[str], statuses: dict[str, DiagnosticStatus]) -> list[str]:
    """Return the problems, one sentence each; a warning is not a problem.

    Args:
        nodes: Names of the nodes that must be healthy.
        statuses: The received statuses, by node name.
    """
    found = []
    for node in nodes:
        status = statuses.get(node)
        if status is None:
            found.append(f'{node} publishes nothing on /diagnostics')
        elif level_of(status) >= Level.ERROR:
            found.append(f'{node}: {status.message}')
    return found


def level_of(status: DiagnosticStatus) -> int:
    """Return the level of a status; rclpy represents the byte as bytes."""
    return int.from_bytes(status.level, 'little')


def listen(
    nodes: Sequence[str], timeout_s: float, args: Sequence[str] = ()
) -> dict[str, DiagnosticStatus]:
    """Return the newest status of each node, once all have reported or the timeout is over.

    Args:
        nodes: Names of the nodes within the namespace.
        timeout_s: Longest time to listen [s].
        args: Command line: `--ros-args -r __ns:=/left` sets the namespace.
    """
    heard: dict[str, DiagnosticStatus] = {}

    def take(message: DiagnosticArray) -> None:
        heard.update(
            {wanted[status.name]: status for status in message.status if status.name in wanted}
        )

    context = Context()
    rclpy.init(args=list(args), context=context)
    node = rclpy.create_node('health', context=context)
    wanted = {in_diagnostics(name, node.get_namespace()): name for name in nodes}
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    node.create_subscription(DiagnosticArray, '/diagnostics', take, COMMAND)
    deadline_s = time.monotonic() + timeout_s
    while len(heard) < len(set(nodes)) and time.monotonic() < deadline_s:
        executor.spin_once(timeout_sec=0.1)
    executor.shutdown()
    node.destroy_node()
    context.try_shutdown()
    return heard


def main(args: Sequence[str] | None = None) -> int:
    """Listen and print the problems; return 0 if there are none."""
    given = sys.argv if args is None else [sys.argv[0], *args]
    options = parse(
        HealthOptions,
        remove_ros_args(given)[1:],
        module='genvla_bringup.operate.health',
        description=__doc__,
    )
    found = complaints(options.nodes, listen(options.nodes, options.timeout, given))
    for complaint in found:
        print(complaint, file=sys.stderr)
    return 1 if found else 0


if __name__ == '__main__':
    raise SystemExit(main())
