# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Publish a node's status on /diagnostics, for diagnostic_aggregator and rqt_robot_monitor."""

from __future__ import annotations

from collections.abc import Mapping
import dataclasses
from dataclasses import dataclass
import enum

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node

from genvla_node.qos import COMMAND


class Level(enum.IntEnum):
    """Severity, with the numbers of diagnostic_msgs/DiagnosticStatus."""

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3


@dataclass(frozen=True)
class Status:
    """The status of a node: a level, one sentence, and the values behind it."""

    level: Level
    message: str
    values: Mapping[str, object]


NOT_CONFIGURED = Status(Level.OK, 'not configured', {})


def cannot_configure(error: Exception) -> Status:
    """Return the status of a lifecycle node that has failed to configure."""
    return Status(Level.ERROR, f'cannot configure: {error}', {})


def warned(status: Status, warning: str) -> Status:
    """Return a status with a warning added, if there is one."""
    if not warning:
        return status
    level = max(status.level, Level.WARN)
    return dataclasses.replace(status, level=level, message=f'{status.message}; {warning}')


def status_to_msg(name: str, status: Status, hardware_id: str = '') -> DiagnosticStatus:
    """Return the message of a status; floats keep six significant digits."""
    return DiagnosticStatus(
        level=bytes([status.level]),
        name=name,
        message=status.message,
        hardware_id=hardware_id,
        values=[
            KeyValue(key=key, value=f'{value:.6g}' if isinstance(value, float) else str(value))
            for key, value in status.values.items()
        ],
    )


class DiagnosticsPublisher:
    """Publishes a node's status on /diagnostics under the node's own name.

    Attributes:
        hardware_id: The device that the status is about; empty: none.
    """

    def __init__(self, node: Node, hardware_id: str = '') -> None:
        """Create the publisher; the topic is absolute, by convention of the diagnostics stack."""
        self._node, self.hardware_id = node, hardware_id
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', COMMAND)

    def publish(self, status: Status) -> None:
        """Publish a status, stamped by the node's clock."""
        message = DiagnosticArray()
        message.header.stamp = self._node.get_clock().now().to_msg()
        name = self._node.get_fully_qualified_name().lstrip('/')
        message.status = [status_to_msg(name, status, self.hardware_id)]
        self._publisher.publish(message)
