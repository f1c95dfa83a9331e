# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Bags of simulated episodes, as a recorder of the loop would write them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from genvla_bags.recorded_chunk import TELEOPERATION
from genvla_policy.action_chunk import ActionChunk
from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation
from genvla_sim.scene.camera import TABLE_CAMERA
from genvla_sim.tasks.tabletop_env import TabletopEnv
from genvla_viperx.arm import vx300s
from genvla_viperx.arm.gripper import finger_from_opening
from genvla_viperx.arm.rotations import quat_xyzw_from_matrix

PERIOD_S = 0.2
START_S = 1_700_000_000.0
IMAGES = '/camera/image_raw'
JOINTS = '/vx300s/joint_states'
CHUNKS = '/action_chunk'
DELTAS = '/teleop/delta'


def typestore() -> Any:
    """Jazzy's messages and ours.

    Raises:
        FileNotFoundError: genvla_msgs is neither installed and sourced nor beside this package.
    """
    store = get_typestore(Stores.ROS2_JAZZY)
    types: dict[str, Any] = {}
    folder = _message_definitions()
    for name in ('EndEffectorDelta', 'ActionChunk'):
        types |= get_types_from_msg(
            (folder / f'{name}.msg').read_text(), f'genvla_msgs/msg/{name}'
        )
    store.register(types)
    return store


def _message_definitions() -> Path:
    """Where genvla_msgs has its definitions: in the source tree, or in a sourced installation."""
    places = [Path(__file__).resolve().parents[3] / 'genvla_msgs' / 'msg']
    for prefix in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep):
        places.append(Path(prefix) / 'share' / 'genvla_msgs' / 'msg')
    for place in places:
        if (place / 'ActionChunk.msg').is_file():
            return place
    raise FileNotFoundError(
        'genvla_msgs is not installed: run colcon build and source install/setup.bash'
    )


@dataclass
class Step:
    """What happened in one control step.

    Attributes:
        image: What the policy saw, (H, W, 3) uint8 RGB.
        instruction: In force.
        q: Joint positions (6,) [rad].
        opening: Of the gripper.
        chunk: The answer to the image; None: a chunk of before was still being executed.
    """

    image: NDArray[np.uint8]
    instruction: str
    q: NDArray[np.float64]
    opening: float
    chunk: ActionChunk | None

    @classmethod
    def of(cls, observation: dict[str, Any], instruction: str, chunk: ActionChunk | None) -> Step:
        """Take what TabletopEnv shows."""
        return cls(
            observation['image'],
            instruction,
            observation['joint_positions'],
            float(observation['gripper'][0]),
            chunk,
        )


def run_policy(
    policy: Policy,
    num_steps: int,
    *,
    seed: int = 0,
    image_size: tuple[int, int] = (160, 120),
) -> list[Step]:
    """Steps of a policy in the simulator; every action is executed."""
    env = TabletopEnv('PickCarrot', image_size=image_size, max_steps=1000)
    observation, info = env.reset(seed=seed)
    policy.restart(0)
    steps = []
    for number in range(num_steps):
        seen = Observation(
            (observation['image'],), info['instruction'], START_S + number * PERIOD_S
        )
        chunk = policy.infer(seen)
        steps.append(Step.of(observation, info['instruction'], chunk))
        observation, _, _, _, info = env.step(chunk.actions[0])
    env.close()
    return steps


@dataclass
class BagWriter:
    """Writes steps as topics; the options are what a dirty bag differs in."""

    storage: StoragePlugin = StoragePlugin.MCAP
    compression: CompressionMode | None = None
    with_chunks: bool = True
    with_deltas: bool = False
    """The first action of each chunk, as a command of its own."""
    with_joints: bool = True
    with_instruction: bool = True
    with_camera: bool = False
    """camera_info and where the camera is."""
    calibrated: bool = True
    """Whether camera_info has intrinsics."""
    jpeg: bool = False
    compressed_too: bool = False
    """Beside each raw picture what image_transport makes of it."""
    about: dict[str, str] = field(default_factory=dict)
    """What the recorder has noted."""
    teleoperated: bool = False
    """Whether chunks are a gamepad's: of one step, stamped when they are sent."""
    failed_reads: tuple[int, ...] = ()
    """Steps at which the driver made the joint states up."""
    period_s: float = PERIOD_S
    """What recorded chunks say of their steps."""
    shift_m: float = 0.0
    """Added to x of every recorded action."""
    stamp_offset_s: dict[int, float] = field(default_factory=dict)
    """Added to the stamps from a step on."""
    joints_from: int = 0
    """The first step with joint states."""
    chunks_from: int = 0
    """The first step with a chunk."""
    pictures_from: int = 0
    """The first step with a picture."""
    second_camera_every: int = 0
    """A second camera that takes a picture in every so many steps."""
    split_after: int = 0
    """A file ends after so many steps; 0: one file."""

    def write(self, path: Path, steps: list[Step]) -> Path:
        """Write the bag; returns its folder."""
        store = typestore()
        writer = Writer(path, version=9, storage_plugin=self.storage)
        if self.compression is not None:
            writer.set_compression(self.compression, CompressionFormat.ZSTD)
        for key, value in self.about.items():
            writer.set_custom_data(key, value)
        with writer:
            _Topics(writer, store, self).write(steps)
        return path


class _Topics:
    def __init__(self, writer: Writer, store: Any, options: BagWriter) -> None:
        self._writer, self._store, self._options = writer, store, options
        self._connections: dict[str, Any] = {}

    def write(self, steps: list[Step]) -> None:
        options, offset_s = self._options, 0.0
        for number, step in enumerate(steps):
            time_s = START_S + number * PERIOD_S
            offset_s = options.stamp_offset_s.get(number, offset_s)
            begins = number == 0 or steps[number - 1].instruction != step.instruction
            if options.with_instruction and begins:
                self._write(
                    '/policy/instruction', self._new('std_msgs/String', step.instruction), time_s
                )
            if options.with_camera and number == 0:
                self._write_camera(step, time_s)
            if options.with_joints and number >= options.joints_from:
                failed = number in options.failed_reads
                read = replace(step, q=np.full(6, -np.pi)) if failed else step
                self._write(JOINTS, self._joints(read, time_s + offset_s), time_s)
            every = options.second_camera_every
            if every and number % every == 0:
                self._write('/side/image_raw', self._image(step, time_s), time_s)
            if number >= options.pictures_from:
                self._write(IMAGES, self._image(step, time_s + offset_s), time_s + 1e-3)
                if options.compressed_too:
                    compressed = self._compressed(step, time_s + offset_s)
                    self._write(f'{IMAGES}/compressed', compressed, time_s + 2e-3)
            has_chunk = options.with_chunks and number >= options.chunks_from
            if has_chunk and step.chunk is not None:
                answer = step.chunk
                stamped_s = time_s + offset_s
                if options.teleoperated:
                    answer = replace(
                        answer,
                        actions=answer.actions[:1],
                        confidence=np.empty(0),
                        text='',
                        checkpoint=TELEOPERATION,
                    )
                    stamped_s += 0.05
                chunk = self._chunk(answer, number, stamped_s)
                self._write(CHUNKS, chunk, time_s + 0.05)
            if options.with_deltas and step.chunk is not None:
                self._write(DELTAS, self._delta(step.chunk.actions[0]), time_s + 0.06)

    def _write_camera(self, step: Step, time_s: float) -> None:
        height, width = step.image.shape[:2]
        camera = TABLE_CAMERA.resized(width, height)
        k = camera.intrinsics * float(self._options.calibrated)
        p = np.hstack([k, np.zeros((3, 1))])
        roi = self._new('sensor_msgs/RegionOfInterest', 0, 0, 0, 0, False)
        info = self._new(
            'sensor_msgs/CameraInfo',
            self._header(time_s, 'camera'),
            height,
            width,
            'plumb_bob',
            np.zeros(5),
            k.ravel(),
            np.eye(3).ravel(),
            p.ravel(),
            0,
            0,
            roi,
        )
        self._write('/camera/camera_info', info, time_s)
        pose = camera.base_T_optical
        qx, qy, qz, qw = quat_xyzw_from_matrix(pose[:3, :3]).tolist()
        transform = self._new(
            'geometry_msgs/Transform',
            self._new('geometry_msgs/Vector3', *pose[:3, 3].tolist()),
            self._new('geometry_msgs/Quaternion', qx, qy, qz, qw),
        )
        stamped = self._new(
            'geometry_msgs/TransformStamped',
            self._header(time_s, 'vx300s/base_link'),
            'camera',
            transform,
        )
        self._write('/tf_static', self._new('tf2_msgs/TFMessage', [stamped]), time_s)

    def _image(self, step: Step, time_s: float) -> Any:
        height, width = step.image.shape[:2]
        if self._options.jpeg:
            return self._compressed(step, time_s)
        header = self._header(time_s, 'camera')
        return self._new(
            'sensor_msgs/Image', header, height, width, 'rgb8', 0, 3 * width, step.image.ravel()
        )

    def _compressed(self, step: Step, time_s: float) -> Any:
        bgr = cv2.cvtColor(step.image, cv2.COLOR_RGB2BGR)
        data = cv2.imencode('.jpg', bgr)[1].ravel()
        header = self._header(time_s, 'camera')
        return self._new('sensor_msgs/CompressedImage', header, 'jpeg', data)

    def _joints(self, step: Step, time_s: float) -> Any:
        names = [*vx300s.JOINT_NAMES, vx300s.GRIPPER_NAME, vx300s.LEFT_FINGER_NAME]
        positions = np.array([*step.q, 0.0, finger_from_opening(step.opening)])
        empty = np.empty(0)
        return self._new(
            'sensor_msgs/JointState', self._header(time_s, ''), names, positions, empty, empty
        )

    def _chunk(self, chunk: ActionChunk, number: int, time_s: float) -> Any:
        actions = np.array(chunk.actions)
        actions[:, 0] += self._options.shift_m
        deltas = [self._delta(row) for row in actions]
        period_ns = round(self._options.period_s * 1e9)
        duration = self._new('builtin_interfaces/Duration', 0, period_ns)
        return self._new(
            'genvla_msgs/ActionChunk',
            self._header(time_s, 'vx300s/base_link'),
            number,
            chunk.instruction,
            duration,
            deltas,
            chunk.confidence.astype(np.float32),
            chunk.text,
            self._new('builtin_interfaces/Duration', *_sec_nanosec(chunk.inference_s)),
            chunk.checkpoint,
        )

    def _delta(self, action: NDArray[np.float64]) -> Any:
        return self._new(
            'genvla_msgs/EndEffectorDelta',
            self._new('geometry_msgs/Vector3', *action[:3].tolist()),
            self._new('geometry_msgs/Vector3', *action[3:6].tolist()),
            float(action[6]),
        )

    def _header(self, time_s: float, frame: str) -> Any:
        stamp = self._new('builtin_interfaces/Time', *_sec_nanosec(time_s))
        return self._new('std_msgs/Header', stamp, frame)

    def _new(self, name: str, *values: Any) -> Any:
        package, short = name.split('/')
        return self._store.types[f'{package}/msg/{short}'](*values)

    def _write(self, topic: str, message: Any, time_s: float) -> None:
        kind = message.__msgtype__
        if topic not in self._connections:
            self._connections[topic] = self._writer.add_connection(
                topic, kind, typestore=self._store
            )
        self._writer.write(
            self._connections[topic], round(time_s * 1e9), self._store.serialize_cdr(message, kind)
        )


def _sec_nanosec(seconds: float) -> tuple[int, int]:
    return divmod(round(seconds * 1e9), 1_000_000_000)
