# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Subscribe to everything that the page shows."""

from __future__ import annotations

import functools
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from genvla_msgs.msg import ActionChunk
from geometry_msgs.msg import PoseStamped
import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, JointState
from std_msgs.msg import String

from genvla_bags.camera_view import is_calibrated, mount_of, view_of
from genvla_command.end_effector_action import actions_from_msgs
from genvla_console.ros.obstacles import ObstacleClient
from genvla_console.web import robot_view
from genvla_console.web.robot_view import ChunkView, RobotView
from genvla_node.node_names import BRIDGE, POLICY, SUPERVISOR, in_diagnostics
from genvla_node.qos import COMMAND, SENSOR, STATUS_LATCHED
from genvla_node.stamps import seconds_from_stamp
from genvla_policy.images.camera_image import ImageConversionError
from genvla_policy.ros.image_conversion import image_from_msg, image_type
from genvla_viperx.arm.obstacles import Obstacles
from genvla_viperx.ros.conversions import JointStateReader
from genvla_viperx.safety.refusal import Refusal
from tf2_msgs.msg import TFMessage


def _picture(message: Image | CompressedImage) -> NDArray[np.uint8] | None:
    try:
        return image_from_msg(message)
    except ImageConversionError:
        return None  # the policy's own diagnostics report it


class Listener:
    """Keeps a RobotView up to date."""

    def __init__(self, node: Node, *, robot_name: str, image_topic: str) -> None:
        """Subscribe to the topics.

        Args:
            node: Node that another thread spins.
            robot_name: Namespace of the driver.
            image_topic: Topic of the camera.
        """
        self.view = RobotView()
        self._joints = JointStateReader()
        self._obstacles = ObstacleClient(node, self._take_obstacles)
        self._info: CameraInfo | None = None
        self._transforms: dict[str, Any] = {}
        self._names = {
            in_diagnostics(name, node.get_namespace()): heard
            for name, heard in (
                (BRIDGE, robot_view.BRIDGE),
                (POLICY, robot_view.POLICY),
                (SUPERVISOR, robot_view.SUPERVISOR),
            )
        }
        info_topic = f'{image_topic.removesuffix("/compressed").rpartition("/")[0]}/camera_info'
        for message_type, topic, take, qos in (
            (String, f'{BRIDGE}/state', self._take_state, STATUS_LATCHED),
            (String, f'{POLICY}/instruction', self._take_instruction, STATUS_LATCHED),
            (String, f'{POLICY}/trained_on', self._take_trained_on, STATUS_LATCHED),
            (String, f'{SUPERVISOR}/state', self._take_session, STATUS_LATCHED),
            (DiagnosticArray, '/diagnostics', self._take_diagnostics, COMMAND),
            (JointState, f'{robot_name}/joint_states', self._take_joints, SENSOR),
            (PoseStamped, 'ee_pose', self._take_pose, COMMAND),
            (ActionChunk, 'action_chunk', self._take_chunk, COMMAND),
            (image_type(image_topic), image_topic, self._take_picture, SENSOR),
            (CameraInfo, info_topic, self._take_info, SENSOR),
            (TFMessage, '/tf_static', self._take_transforms, STATUS_LATCHED),
        ):
            node.create_subscription(message_type, topic, take, qos)

    def _take_state(self, message: String) -> None:
        self.view.state = message.data

    def _take_instruction(self, message: String) -> None:
        self.view.instruction = message.data

    def _take_trained_on(self, message: String) -> None:
        self.view.trained_on = tuple(message.data.splitlines())

    def _take_session(self, message: String) -> None:
        self.view.session = message.data

    def _take_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            name = self._names.get(status.name)
            if name is None:
                continue
            self.view.note(name, status.message)
            figures = {pair.key: pair.value for pair in status.values}
            if name == robot_view.BRIDGE:
                self.view.bridge = figures
                self._obstacles.ask()
            elif name == robot_view.POLICY:
                self.view.policy = figures

    def _take_obstacles(self, obstacles: Obstacles) -> None:
        self.view.obstacles = obstacles

    def _take_joints(self, message: JointState) -> None:
        sample = self._joints.read(message)
        if not isinstance(sample, Refusal):
            self.view.q, self.view.finger_m = sample.q, sample.finger_m
            self.view.hear(robot_view.JOINTS)

    def _take_pose(self, message: PoseStamped) -> None:
        position = message.pose.position
        self.view.tool_3 = np.array([position.x, position.y, position.z])

    def _take_chunk(self, message: ActionChunk) -> None:
        start_3 = self.view.tool_3
        if start_3 is None or not message.actions:
            return
        steps_N3 = actions_from_msgs(message.actions)[:, :3]
        self.view.chunk = ChunkView(
            sequence=message.sequence,
            instruction=message.instruction,
            path_N3=np.vstack([start_3, start_3 + np.cumsum(steps_N3, axis=0)]),
            num_committed=message.num_committed,
            text=message.text,
            confidence=tuple(message.confidence),
            inference_ms=1e3 * seconds_from_stamp(message.inference_time),
        )

    def _take_picture(self, message: Image | CompressedImage) -> None:
        self.view.picture = functools.partial(_picture, message)
        self.view.hear(robot_view.PICTURE)

    def _take_info(self, message: CameraInfo) -> None:
        if self._info is None and is_calibrated(message):
            self._info = message
            self._place_camera()

    def _take_transforms(self, message: TFMessage) -> None:
        # Each publisher latches its own frames.
        self._transforms |= {each.child_frame_id: each for each in message.transforms}
        self._place_camera()

    def _place_camera(self) -> None:
        if self._info is None:
            return
        frame = self._info.header.frame_id
        try:
            mount = mount_of(list(self._transforms.values()), camera_frame=frame)
        except ValueError:
            return  # an invalid rotation: draw nothing into the pictures
        if mount is not None:
            self.view.camera = view_of(self._info, mount)
