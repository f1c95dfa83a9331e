# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The topics of a recorded control loop, and the choice of topics to read from a bag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import itertools

from rosbags.interfaces import Connection

from genvla_bags.bag_messages import BagError

IMAGE_TYPES = ('sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage')
CHUNK_TYPE = 'genvla_msgs/msg/ActionChunk'
DELTA_TYPE = 'genvla_msgs/msg/EndEffectorDelta'
JOINTS_TYPE = 'sensor_msgs/msg/JointState'
STRING_TYPE = 'std_msgs/msg/String'
CAMERA_INFO_TYPE = 'sensor_msgs/msg/CameraInfo'
TRANSFORM_TYPE = 'tf2_msgs/msg/TFMessage'

IMAGES_TOPIC = '/camera/image_raw'
CAMERA_INFO_TOPIC = '/camera/camera_info'
CHUNKS_TOPIC = '/action_chunk'
EXECUTED_TOPIC = '/viperx_bridge/executed_step'
DELTAS_TOPIC = '/teleop/delta'
JOINTS_TOPIC = '/vx300s/joint_states'
COMMANDS_TOPIC = '/vx300s/commands/joint_group'
EE_POSE_TOPIC = '/ee_pose'
INSTRUCTION_TOPIC = '/policy/instruction'
POLICY_TRANSITIONS_TOPIC = '/policy/transition_event'
BRIDGE_STATE_TOPIC = '/viperx_bridge/state'
DIAGNOSTICS_TOPIC = '/diagnostics'
LIFTED_TOPIC = '/sim/lifted'
SUCCESS_TOPIC = '/sim/success'
TRANSFORMS_TOPIC = '/tf_static'

BASE_FRAME = 'vx300s/base_link'

IMAGE_TRANSPORTS = ('compressed', 'compressedDepth', 'theora', 'zstd', 'ffmpeg', 'foxglove')
"""Suffixes that image_transport's plugins append to the topic of the images that they encode. If
a camera has no raw images, the first of these topics that exists is used."""


@dataclass(frozen=True)
class Topics:
    """Topic names; empty if the bag has no such topic.

    Attributes:
        images: One per camera of the policy, in the policy's order.
        chunks: Chunks of the recorded policy.
        deltas: Single commands of teleoperation.
        joints: joint_states of the arm.
        instruction: The instruction in force.
        bridge_state: The bridge's state, which shows whether chunks were executed.
        camera_info: camera_info of the first camera.
        transforms: Poses of the cameras.
    """

    images: tuple[str, ...]
    chunks: str
    deltas: str
    joints: str
    instruction: str
    bridge_state: str
    camera_info: str
    transforms: str

    @property
    def small(self) -> tuple[str, ...]:
        """All topics except the images; their messages are small enough to keep in memory."""
        named = (
            *(self.chunks, self.deltas, self.joints),
            *(self.instruction, self.bridge_state, self.camera_info, self.transforms),
        )
        return tuple(topic for topic in named if topic)


def choose_topics(
    connections: Sequence[Connection], *, num_cameras: int, images: Sequence[str] = ()
) -> Topics:
    """Return the topics to use from a bag.

    Args:
        connections: Connections of the bag.
        num_cameras: Number of images that the policy takes.
        images: Topics of the images; empty to use the bag's own if their number matches. Raw
            images and their image_transport versions count as one camera. If several arms were
            recorded in namespaces of their own, the first image topic selects the namespace.

    Raises:
        BagError: The bag lacks the images that the policy needs, or the choice is ambiguous.
    """
    by_type: dict[str, list[str]] = {}
    for connection in connections:
        if connection.msgcount:
            topics = by_type.setdefault(connection.msgtype, [])
            if connection.topic not in topics:
                topics.append(connection.topic)
    cameras = sorted(topic for kind in IMAGE_TYPES for topic in by_type.get(kind, []))
    chosen = _cameras(cameras, images, num_cameras)
    info = f'{chosen[0].rpartition("/")[0].removesuffix("/image_raw")}/camera_info'

    def beside(kind: str, name: str = '') -> str:
        topics = [topic for topic in by_type.get(kind, []) if topic.endswith(name)]
        return _nearest(topics, chosen[0])

    return Topics(
        images=chosen,
        chunks=beside(CHUNK_TYPE),
        deltas=beside(DELTA_TYPE),
        joints=beside(JOINTS_TYPE, JOINTS_TOPIC) or beside(JOINTS_TYPE),
        instruction=beside(STRING_TYPE, INSTRUCTION_TOPIC),
        bridge_state=beside(STRING_TYPE, BRIDGE_STATE_TOPIC),
        camera_info=info if info in by_type.get(CAMERA_INFO_TYPE, []) else '',
        transforms=TRANSFORMS_TOPIC if TRANSFORMS_TOPIC in by_type.get(TRANSFORM_TYPE, []) else '',
    )


def _cameras(cameras: Sequence[str], asked: Sequence[str], num_cameras: int) -> tuple[str, ...]:
    held = ', '.join(cameras) or 'none'
    missing = [topic for topic in asked if topic not in cameras]
    if missing:
        raise BagError(f'the bag has no images on {", ".join(missing)}; it has: {held}')
    chosen = tuple(asked) or _one_each(cameras)
    held = ', '.join(_one_each(cameras)) or 'none'
    if len(chosen) != num_cameras:
        raise BagError(
            f'the policy takes images of {num_cameras} camera(s); the bag has: {held}; list '
            'topics with --images, in the order of the policy'
        )
    return chosen


def raw_topic(topic: str) -> str:
    """Return the raw topic for images that image_transport encodes; other topics unchanged."""
    raw, _, transport = topic.rpartition('/')
    return raw if transport in IMAGE_TRANSPORTS else topic


def _one_each(cameras: Sequence[str]) -> tuple[str, ...]:
    """Return one topic per camera: its raw images, else the first transport in the list."""
    suffixes = ('', *(f'/{transport}' for transport in IMAGE_TRANSPORTS))
    return tuple(
        next(f'{raw}{suffix}' for suffix in suffixes if f'{raw}{suffix}' in cameras)
        for raw in sorted({raw_topic(topic) for topic in cameras})
    )


def _nearest(topics: Sequence[str], camera: str) -> str:
    """Return the topic that shares the longest namespace with the camera's."""

    def parts_shared(topic: str) -> int:
        pairs = zip(topic.split('/'), camera.split('/'), strict=False)
        return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))

    return min(topics, key=lambda topic: (-parts_shared(topic), topic), default='')
