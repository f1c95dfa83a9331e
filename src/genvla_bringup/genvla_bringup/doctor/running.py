# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Listen to the running nodes for a few seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image, JointState

from genvla_bringup.checks.camera_verdicts import Shot
from genvla_bringup.operate.health import level_of
from genvla_node.qos import COMMAND, SENSOR
from genvla_node.stamps import seconds_from_stamp
from genvla_policy.images.camera_image import ImageConversionError
from genvla_policy.ros.image_conversion import image_from_msg, image_type

_COMMANDS = ('joint_group', 'joint_single', 'joint_trajectory')


@dataclass(frozen=True)
class Said:
    """The newest status of a node.

    Attributes:
        level: 0 OK, 1 warning, 2 error.
        message: The status in one sentence.
    """

    level: int
    message: str


@dataclass(frozen=True, eq=False)
class Running:
    """The data received in a few seconds.

    Attributes:
        duration_s: How long the node listened [s].
        nodes: Full names of all nodes; a duplicate name is listed twice.
        said: Newest statuses, by the node's name in /diagnostics.
        joint_states_hz: Rate of the joint states [Hz]; 0: fewer than two arrived.
        commanders: Full names of the nodes that publish arm commands.
        drivers: Full names of the nodes that publish joint states.
        shots: Images of each camera, by topic.
        unreadable: Why images could not be decoded, by topic.
    """

    duration_s: float
    nodes: tuple[str, ...] = ()
    said: dict[str, Said] = field(default_factory=dict)
    joint_states_hz: float = 0.0
    commanders: frozenset[str] = frozenset()
    drivers: frozenset[str] = frozenset()
    shots: dict[str, list[Shot]] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)

    def twins(self) -> list[str]:
        """Return the full names that more than one node uses."""
        return sorted(name for name, count in Counter(self.nodes).items() if count > 1)


def listen(
    node: Node, *, robot_name: str, image_topics: Sequence[str], duration_s: float
) -> Running:
    """Return the data received through a node that another thread spins.

    Args:
        node: A node in the robot's namespace.
        robot_name: Namespace of the driver.
        image_topics: Topics of the cameras.
        duration_s: How long to listen [s].
    """
    said: dict[str, Said] = {}
    shots: dict[str, list[Shot]] = {topic: [] for topic in image_topics}
    unreadable: dict[str, str] = {}
    joints_s: list[float] = []

    def take_diagnostics(message: DiagnosticArray) -> None:
        for status in message.status:
            said[status.name] = Said(level_of(status), status.message)

    def take_joints(_message: JointState) -> None:
        joints_s.append(time.monotonic())

    def take_picture(topic: str, message: Image | CompressedImage) -> None:
        now_s = node.get_clock().now().nanoseconds / 1e9
        try:
            picture = image_from_msg(message)
        except ImageConversionError as error:
            unreadable[topic] = str(error)
            return
        shots[topic].append(Shot(seconds_from_stamp(message.header.stamp), now_s, picture))

    joints = node.create_subscription(
        JointState, f'{robot_name}/joint_states', take_joints, SENSOR
    )
    subscriptions: list[Any] = [
        joints,
        node.create_subscription(DiagnosticArray, '/diagnostics', take_diagnostics, COMMAND),
    ]
    for topic in image_topics:
        subscriptions.append(
            node.create_subscription(
                image_type(topic),
                topic,
                lambda message, topic=topic: take_picture(topic, message),
                SENSOR,
            )
        )
    time.sleep(duration_s)
    commands = joints.topic_name.removesuffix('joint_states') + 'commands'
    running = Running(
        duration_s,
        tuple(_full(name, space) for name, space in node.get_node_names_and_namespaces()),
        dict(said),
        (len(joints_s) - 1) / (joints_s[-1] - joints_s[0]) if len(joints_s) > 1 else 0.0,
        frozenset[str]().union(*(_publishers(node, f'{commands}/{each}') for each in _COMMANDS)),
        _publishers(node, joints.topic_name),
        shots,
        unreadable,
    )
    for subscription in subscriptions:
        node.destroy_subscription(subscription)
    return running


def _publishers(node: Node, topic: str) -> frozenset[str]:
    found = node.get_publishers_info_by_topic(topic)
    return frozenset(_full(each.node_name, each.node_namespace) for each in found)


def _full(name: str, namespace: str) -> str:
    return f'{namespace.rstrip("/")}/{name}'
