# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Signs of life of a node, and how long another one has given none."""

from __future__ import annotations

import time
import uuid

from rclpy.callback_groups import CallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from std_msgs.msg import Header

from genvla_node.qos import HEARTBEAT

PERIOD_S = 0.05
_GONE_S = 1.0


class Heartbeat:
    """Publishes ~/heartbeat (std_msgs/Header, 20 Hz) as long as a callback group gets its turn.

    Attributes:
        identity: Of this node and no other, also of the same name; the frame_id of each heartbeat.
    """

    def __init__(self, node: Node, callback_group: CallbackGroup | None = None) -> None:
        """Begin.

        Args:
            node: Whose sign of life it is.
            callback_group: Of what has to be alive; None: the node's own.
        """
        self.identity = uuid.uuid4().hex
        self._node = node
        self._publisher = node.create_publisher(Header, '~/heartbeat', HEARTBEAT)
        node.create_timer(
            PERIOD_S,
            self._beat,
            callback_group=callback_group,
            # Also while a simulator's clock stands still.
            clock=Clock(clock_type=ClockType.STEADY_TIME),
        )

    def _beat(self) -> None:
        stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(Header(stamp=stamp, frame_id=self.identity))


class TwinWatch:
    """Notices another living node of the same name.

    DDS lists a node that was killed for some seconds; it has no heartbeat.
    """

    def __init__(
        self, node: Node, heartbeat: Heartbeat, callback_group: CallbackGroup | None = None
    ) -> None:
        """Begin to listen.

        Args:
            node: Whose twin is looked for.
            heartbeat: Its own.
            callback_group: Of the subscription; None: the node's own.
        """
        self._identity = heartbeat.identity
        self._heard_s: float | None = None
        node.create_subscription(
            Header, '~/heartbeat', self._hear, HEARTBEAT, callback_group=callback_group
        )

    @property
    def is_there(self) -> bool:
        """Whether it has given a sign of life a moment ago."""
        return self._heard_s is not None and time.monotonic() - self._heard_s < _GONE_S

    def _hear(self, message: Header) -> None:
        if message.frame_id != self._identity:
            self._heard_s = time.monotonic()


class HeartbeatWatch:
    """Listens to the heartbeat of another node."""

    def __init__(self, node: Node, name: str, callback_group: CallbackGroup | None = None) -> None:
        """Begin to listen.

        Args:
            node: Who listens.
            name: Of the other node, such as `supervisor`.
            callback_group: Of the subscription; None: the node's own.
        """
        self._heard_s: float | None = None
        node.create_subscription(
            Header, f'{name}/heartbeat', self._hear, HEARTBEAT, callback_group=callback_group
        )

    @property
    def silence_s(self) -> float:
        """Time since the last sign of life [s]; 0 before the first: it need not be there."""
        return 0.0 if self._heard_s is None else time.monotonic() - self._heard_s

    def forget(self) -> None:
        """Do not expect it any more until it is heard again."""
        self._heard_s = None

    def _hear(self, _message: Header) -> None:
        self._heard_s = time.monotonic()


def unsupervised(supervisor: HeartbeatWatch) -> str:
    """Say that a supervisor that was there is gone, and what to do; or nothing."""
    if supervisor.silence_s <= _GONE_S:
        return ''
    return (
        f'the supervisor has given no sign of life for {supervisor.silence_s:.0f} s: nobody stops '
        'the arm if bridge or policy fail; start supervisor.launch.py'
    )
