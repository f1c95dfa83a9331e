# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Bags of control steps, as a recorder of the control loop would write them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rosbags.rosbag2 import CompressionMode, StoragePlugin

from genvla_bags.bag_writer import BagWriter
from genvla_bags.camera_view import CameraView
from genvla_bags.recorded_chunk import TELEOPERATION
from genvla_bags.topics import (
    BASE_FRAME,
    CAMERA_INFO_TOPIC,
    CHUNKS_TOPIC,
    DELTAS_TOPIC,
    IMAGES_TOPIC,
    INSTRUCTION_TOPIC,
    JOINTS_TOPIC,
    TRANSFORMS_TOPIC,
)
from genvla_policy.action_chunk import ActionChunk
from genvla_viperx.arm import vx300s
from genvla_viperx.arm.gripper import finger_from_opening
from genvla_viperx.arm.rotations import quat_xyzw_from_matrix

PERIOD_S = 0.2
"""Time between two steps [s]."""
START_S = 1_700_000_000.0
"""Time of the first step [s since the epoch]."""
CAMERA_FRAME = 'camera'


@dataclass(frozen=True, eq=False)
class Step:
    """The events of one control step.

    Attributes:
        image: Image that the policy received, (H, W, 3) uint8 RGB.
        instruction: Instruction in force.
        q: Joint positions (6,) [rad].
        opening: Gripper opening, 0 closed to 1 open.
        chunk: Answer to the image; None while an earlier chunk was still being executed.
    """

    image: NDArray[np.uint8]
    instruction: str
    q: NDArray[np.float64]
    opening: float
    chunk: ActionChunk | None


@dataclass(frozen=True)
class StepBag:
    """Writes steps as topics; the options reproduce the variants and defects of real bags."""

    storage: StoragePlugin = StoragePlugin.MCAP
    compression: CompressionMode = CompressionMode.NONE
    with_chunks: bool = True
    with_deltas: bool = False
    """Also write the first action of each chunk as a single command."""
    with_joints: bool = True
    with_instruction: bool = True
    camera: CameraView | None = None
    """Camera for camera_info and tf_static; None writes neither."""
    jpeg: bool = False
    compressed_too: bool = False
    """Also write image_transport's compressed version of each raw image."""
    about: dict[str, str] = field(default_factory=dict)
    """Custom data of the bag."""
    teleoperated: bool = False
    """Whether the chunks come from a gamepad: of one step, stamped when they are sent."""
    stamp_offset_s: dict[int, float] = field(default_factory=dict)
    """Offset of the stamps [s], by the first step that it applies to."""
    joints_from: int = 0
    """The first step with joint states."""
    pictures_from: int = 0
    """The first step with an image."""
    second_camera_every: int = 0
    """A second camera takes an image every this many steps; 0 for no second camera."""

    def write(self, folder: Path, steps: list[Step]) -> Path:
        """Write the bag and return its folder."""
        with BagWriter(
            folder, storage=self.storage, compression=self.compression, custom_data=self.about
        ) as bag:
            _StepWriter(bag, self).write(steps)
        return folder


class _StepWriter:
    def __init__(self, bag: BagWriter, options: StepBag) -> None:
        self._bag, self._options = bag, options
        self._new = bag.message

    def write(self, steps: list[Step]) -> None:
        options, offset_s = self._options, 0.0
        for number, step in enumerate(steps):
            time_s = START_S + number * PERIOD_S
            offset_s = options.stamp_offset_s.get(number, offset_s)
            stamp_s = time_s + offset_s
            begins = number == 0 or steps[number - 1].instruction != step.instruction
            if options.with_instruction and begins:
                said = self._new('std_msgs/msg/String', step.instruction)
                self._write(INSTRUCTION_TOPIC, said, time_s)
            if options.camera is not None and number == 0:
                self._write_camera(options.camera, time_s)
            if options.with_joints and number >= options.joints_from:
                self._write(JOINTS_TOPIC, self._joints(step, stamp_s), time_s)
            every = options.second_camera_every
            if every and number % every == 0:
                self._write('/side/image_raw', self._image(step, time_s), time_s)
            if number >= options.pictures_from:
                self._write(IMAGES_TOPIC, self._image(step, stamp_s), time_s + 1e-3)
                if options.compressed_too:
                    compressed = self._compressed(step, stamp_s)
                    self._write(f'{IMAGES_TOPIC}/compressed', compressed, time_s + 2e-3)
            if options.with_chunks and step.chunk is not None:
                self._write(CHUNKS_TOPIC, self._answer(step.chunk, number, stamp_s), time_s + 0.05)
            if options.with_deltas and step.chunk is not None:
                self._write(DELTAS_TOPIC, self._delta(step.chunk.actions[0]), time_s + 0.06)

    def _write_camera(self, view: CameraView, time_s: float) -> None:
        info = self._new(
            'sensor_msgs/msg/CameraInfo',
            self._header(time_s, CAMERA_FRAME),
            view.height,
            view.width,
            'plumb_bob',
            np.zeros(5),
            view.intrinsics.ravel(),
            np.eye(3).ravel(),
            np.hstack([view.intrinsics, np.zeros((3, 1))]).ravel(),
            0,
            0,
            self._new('sensor_msgs/msg/RegionOfInterest', 0, 0, 0, 0, False),
        )
        self._write(CAMERA_INFO_TOPIC, info, time_s)
        pose = np.asarray(np.linalg.inv(view.camera_T_base), dtype=np.float64)
        transform = self._new(
            'geometry_msgs/msg/Transform',
            self._vector(pose[:3, 3]),
            self._new(
                'geometry_msgs/msg/Quaternion', *quat_xyzw_from_matrix(pose[:3, :3]).tolist()
            ),
        )
        stamped = self._new(
            'geometry_msgs/msg/TransformStamped',
            self._header(time_s, BASE_FRAME),
            CAMERA_FRAME,
            transform,
        )
        self._write(TRANSFORMS_TOPIC, self._new('tf2_msgs/msg/TFMessage', [stamped]), time_s)

    def _image(self, step: Step, time_s: float) -> Any:
        if self._options.jpeg:
            return self._compressed(step, time_s)
        height, width = step.image.shape[:2]
        fields = (height, width, 'rgb8', 0, 3 * width, step.image.ravel())
        return self._new('sensor_msgs/msg/Image', self._header(time_s, CAMERA_FRAME), *fields)

    def _compressed(self, step: Step, time_s: float) -> Any:
        bgr = cv2.cvtColor(step.image, cv2.COLOR_RGB2BGR)
        data = cv2.imencode('.jpg', bgr)[1].ravel()
        header = self._header(time_s, CAMERA_FRAME)
        return self._new('sensor_msgs/msg/CompressedImage', header, 'jpeg', data)

    def _joints(self, step: Step, time_s: float) -> Any:
        names = [*vx300s.JOINT_NAMES, vx300s.GRIPPER_NAME, vx300s.LEFT_FINGER_NAME]
        positions = np.array([*step.q, 0.0, finger_from_opening(step.opening)])
        fields = (names, positions, np.empty(0), np.empty(0))
        return self._new('sensor_msgs/msg/JointState', self._header(time_s, ''), *fields)

    def _answer(self, chunk: ActionChunk, number: int, stamp_s: float) -> Any:
        if self._options.teleoperated:
            chunk = replace(
                chunk,
                actions=chunk.actions[:1],
                confidence=np.empty(0),
                text='',
                checkpoint=TELEOPERATION,
            )
            stamp_s += 0.05
        return self._new(
            'genvla_msgs/msg/ActionChunk',
            self._header(stamp_s, BASE_FRAME),
            number,
            chunk.instruction,
            self._duration(chunk.step_period_s),
            [self._delta(action) for action in chunk.actions],
            chunk.confidence.astype(np.float32),
            chunk.text,
            self._duration(chunk.inference_s),
            chunk.checkpoint,
            0,
            chunk.num_committed,
        )

    def _delta(self, action: NDArray[np.float64]) -> Any:
        return self._new(
            'genvla_msgs/msg/EndEffectorDelta',
            self._vector(action[:3]),
            self._vector(action[3:6]),
            float(action[6]),
        )

    def _vector(self, xyz: NDArray[np.float64]) -> Any:
        return self._new('geometry_msgs/msg/Vector3', *xyz.tolist())

    def _duration(self, seconds: float) -> Any:
        parts = divmod(_nanoseconds(seconds), 1_000_000_000)
        return self._new('builtin_interfaces/msg/Duration', *parts)

    def _header(self, time_s: float, frame: str) -> Any:
        return self._bag.header(_nanoseconds(time_s), frame)

    def _write(self, topic: str, message: Any, time_s: float) -> None:
        self._bag.write(topic, message, _nanoseconds(time_s))


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)
