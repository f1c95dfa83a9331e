# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Publish a node's heartbeat, and measure how long another node has been silent."""

from __future__ import annotations

import time
import uuid

from rclpy.callback_groups import CallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from std_msgs.msg import Header

from genvla_node.qos import HEARTBEAT, HEARTBEATS

PERIOD_S = 0.05
_GONE_S = 1.0


class Heartbeat:
    """Publishes ~/heartbeat (std_msgs/Header, 20 Hz) as long as a callback group is served.

    Attributes:
        identity: Unique identifier of this node, even among nodes of the same name; the frame_id
            of each heartbeat.
    """

    def __init__(self, node: Node, callback_group: CallbackGroup | None = None) -> None:
        """Start the heartbeat.

        Args:
            node: The node that sends the heartbeat.
            callback_group: Group that the heartbeat proves to be alive; None: the node's default
                group.
        """
        self.identity = uuid.uuid4().hex
        self._node = node
        self._publisher = node.create_publisher(Header, '~/heartbeat', HEARTBEAT)
        node.create_timer(
            PERIOD_S,
            self._beat,
            callback_group=callback_group,
            # The heartbeat continues while a simulator's clock stands still.
            clock=Clock(clock_type=ClockType.STEADY_TIME),
        )

    def _beat(self) -> None:
        stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(Header(stamp=stamp, frame_id=self.identity))


class TwinWatch:
    """Notices another living node of the same name.

    DDS lists a killed node for some seconds; such a node sends no heartbeat.
    """

    def __init__(
        self, node: Node, heartbeat: Heartbeat, callback_group: CallbackGroup | None = None
    ) -> None:
        """Subscribe to the heartbeats.

        Args:
            node: The node whose twin to look for.
            heartbeat: Heartbeat of that node.
            callback_group: Group of the subscription; None: the node's default group.
        """
        self._identity = heartbeat.identity
        self._heard_s: float | None = None
        node.create_subscription(
            Header, '~/heartbeat', self._hear, HEARTBEATS, callback_group=callback_group
        )

    @property
    def is_there(self) -> bool:
        """Whether a twin has sent a heartbeat a moment ago."""
        return self._heard_s is not None and time.monotonic() - self._heard_s < _GONE_S

    def _hear(self, message: Header) -> None:
        if message.frame_id != self._identity:
            self._heard_s = time.monotonic()


class HeartbeatWatch:
    """Listens to the heartbeat of another node."""

    def __init__(self, node: Node, name: str, callback_group: CallbackGroup | None = None) -> None:
        """Subscribe to the heartbeat.

        Args:
            node: The node that listens.
            name: Name of the other node, such as `supervisor`.
            callback_group: Group of the subscription; None: the node's default group.
        """
        self._heard_s: float | None = None
        node.create_subscription(
            Header, f'{name}/heartbeat', self._hear, HEARTBEAT, callback_group=callback_group
        )

    @property
    def silence_s(self) -> float:
        """Time since the last heartbeat [s]; 0 before the first, as the node may not exist."""
        return 0.0 if self._heard_s is None else time.monotonic() - self._heard_s

    def forget(self) -> None:
        """Expect no heartbeat until the next one arrives."""
        self._heard_s = None

    def _hear(self, _message: Header) -> None:
        self._heard_s = time.monotonic()


def unsupervised(supervisor: HeartbeatWatch) -> str:
    """Return a message with advice if a known supervisor is gone; otherwise an empty string."""
    if supervisor.silence_s <= _GONE_S:
        return ''
    return (
        f'the supervisor has sent no heartbeat for {supervisor.silence_s:.0f} s: nothing stops '
        'the arm if the bridge or the policy fails; start supervisor.launch.py'
    )
