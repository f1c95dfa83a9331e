# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Convert the arm's data to and from messages; the only place that resolves joint names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from builtin_interfaces.msg import Time
from genvla_msgs.msg import ActionChunk
from genvla_msgs.msg import ExecutedStep as ExecutedStepMsg
from geometry_msgs.msg import (
    Point,
    Pose,
    PoseStamped,
    Quaternion,
    Transform,
    TransformStamped,
    Vector3,
)
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

from genvla_command.end_effector_action import GRIPPER, actions_from_msgs
from genvla_node.action_chunk import delta_to_msg
from genvla_node.stamps import duration_from_seconds, seconds_from_stamp, stamp_from_seconds
from genvla_viperx.arm import gripper, rotations, vx300s
from genvla_viperx.arm.gripper import GripperMode
from genvla_viperx.control.chunk import Chunk
from genvla_viperx.control.executed_step import ExecutedStep
from genvla_viperx.safety.refusal import Refusal, Rule
from genvla_viperx.watch.joint_states import JointSample
from interbotix_xs_msgs.msg import JointGroupCommand, JointSingleCommand

Array = NDArray[np.float64]

MAX_STEPS = 1000
"""A longer chunk is a mistake, and reading it would delay the control tick."""

ARM_GROUP = 'arm'
"""The driver's name for the six joints of `vx300s.JOINT_NAMES`."""


@dataclass(frozen=True)
class JointOrder:
    """Indices of the arm's joints in the arrays of a driver's joint states.

    Attributes:
        names: All names, as published.
        arm: Index of each joint of `vx300s.JOINT_NAMES`.
        finger: Index of the left finger; None: not published.
    """

    names: tuple[str, ...]
    arm: tuple[int, ...]
    finger: int | None


def joint_order_from_names(names: Sequence[str]) -> JointOrder | Refusal:
    """Return the indices of the arm's joints, or which joints are missing."""
    missing = [name for name in vx300s.JOINT_NAMES if name not in names]
    if missing:
        return Refusal(
            Rule.JOINT_STATE_INCOMPLETE,
            f'joint_states lacks {", ".join(missing)}; its names: {", ".join(names) or "none"}; '
            'check robot_name, and that the driver runs with robot_model vx300s',
        )
    finger = names.index(vx300s.LEFT_FINGER_NAME) if vx300s.LEFT_FINGER_NAME in names else None
    return JointOrder(tuple(names), tuple(map(names.index, vx300s.JOINT_NAMES)), finger)


def joint_sample_from_msg(message: JointState, order: JointOrder) -> JointSample | Refusal:
    """Return the arm's part of a joint state, or why there is none.

    Simulated drivers leave velocity and effort empty; a missing effort is None.
    """
    if len(message.position) != len(order.names):
        return Refusal(
            Rule.JOINT_STATE_INCOMPLETE,
            f'a joint state has {len(message.position)} positions for {len(order.names)} names',
        )
    arm = list(order.arm)
    has_effort = len(message.effort) == len(order.names)
    return JointSample(
        stamp_s=seconds_from_stamp(message.header.stamp),
        q=np.array(message.position)[arm],
        finger_m=None if order.finger is None else float(message.position[order.finger]),
        effort_ma=np.array(message.effort)[arm] if has_effort else None,
    )


class JointStateReader:
    """Reads a driver's joint states, which usually have the same names in the same order."""

    def __init__(self) -> None:
        """Wait for the first joint state, which defines the order."""
        self._order: JointOrder | None = None

    def read(self, message: JointState) -> JointSample | Refusal:
        """Return the arm's part of a joint state, or why there is none."""
        if self._order is None or list(self._order.names) != message.name:
            order = joint_order_from_names(message.name)
            if isinstance(order, Refusal):
                return order
            self._order = order
        return joint_sample_from_msg(message, self._order)


def chunk_from_msg(message: ActionChunk, base_frame: str) -> Chunk | Refusal:
    """Return a chunk without judging its values; refuse a wrong frame or too many steps."""
    if message.header.frame_id != base_frame:
        return Refusal(
            Rule.CHUNK_FRAME,
            f"chunk {message.sequence} is in frame '{message.header.frame_id}', expected "
            f"'{base_frame}'; set base_frame of the policy and the bridge to the same frame",
        )
    if len(message.actions) > MAX_STEPS:
        return Refusal(
            Rule.CHUNK_SHAPE,
            f'chunk {message.sequence} has {len(message.actions)} steps, at most {MAX_STEPS} are '
            'allowed; check which node publishes action_chunk',
        )
    return Chunk(
        stamp_s=seconds_from_stamp(message.header.stamp),
        step_period_s=seconds_from_stamp(message.step_period),
        actions=actions_from_msgs(message.actions),
        sequence=message.sequence,
        instruction=message.instruction,
        first_slot=message.first_slot,
        num_committed=message.num_committed,
    )


def executed_step_to_msg(executed: ExecutedStep, base_frame: str) -> ExecutedStepMsg:
    """Return the message of a step that has started."""
    slot = executed.slot
    return ExecutedStepMsg(
        header=Header(stamp=stamp_from_seconds(slot.begin_s), frame_id=base_frame),
        slot=slot.number,
        chunk_sequence=slot.chunk.sequence,
        chunk_step=slot.step,
        instruction=slot.chunk.instruction,
        step_period=duration_from_seconds(slot.chunk.step_period_s),
        executed=delta_to_msg(executed.delta.tolist()),
        refused=executed.refused,
        speed_scale=executed.speed_scale,
    )


def last_slot_to_msg(slot: int, now_s: float, base_frame: str) -> ExecutedStepMsg:
    """Return the message of the last slot, while nothing is executed."""
    return ExecutedStepMsg(
        header=Header(stamp=stamp_from_seconds(now_s), frame_id=base_frame),
        slot=slot,
        executed=delta_to_msg([0.0] * GRIPPER + [nan]),
        refused=True,
    )


def group_command_to_msg(q: Array) -> JointGroupCommand:
    """Return the message of joint positions, shape (6,) [rad], for the driver's position mode."""
    return JointGroupCommand(name=ARM_GROUP, cmd=q.tolist())


def gripper_command_to_msg(width_m: float, mode: GripperMode) -> JointSingleCommand:
    """Return the message of a distance between the fingers [m], in the unit of the mode."""
    return JointSingleCommand(name=vx300s.GRIPPER_NAME, cmd=gripper.command(width_m, mode))


def pose_to_msg(base_T_tool: Array) -> Pose:
    """Return the message of a pose, shape (4, 4)."""
    x, y, z = base_T_tool[:3, 3].tolist()
    qx, qy, qz, qw = rotations.quat_xyzw_from_matrix(base_T_tool[:3, :3]).tolist()
    return Pose(position=Point(x=x, y=y, z=z), orientation=Quaternion(x=qx, y=qy, z=qz, w=qw))


def transform_to_msg(parent_T_child: Array, *, header: Header, child: str) -> TransformStamped:
    """Return the message of a frame's pose in the header's frame, shape (4, 4)."""
    pose = pose_to_msg(parent_T_child)
    place = Vector3(x=pose.position.x, y=pose.position.y, z=pose.position.z)
    return TransformStamped(
        header=header,
        child_frame_id=child,
        transform=Transform(translation=place, rotation=pose.orientation),
    )


def pose_from_msg(message: Pose) -> Array:
    """Return the pose of a message, shape (4, 4)."""
    p, q = message.position, message.orientation
    pose = np.eye(4)
    pose[:3, :3] = rotations.matrix_from_quat_xyzw((q.x, q.y, q.z, q.w))
    pose[:3, 3] = (p.x, p.y, p.z)
    return pose


def pose_stamped_to_msg(base_T_tool: Array, *, stamp: Time, frame_id: str) -> PoseStamped:
    """Return the message of a pose with its time and frame."""
    return PoseStamped(
        header=Header(stamp=stamp, frame_id=frame_id), pose=pose_to_msg(base_T_tool)
    )
