# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Action chunks to and from messages."""

from __future__ import annotations

from builtin_interfaces.msg import Time
from genvla_msgs.msg import ActionChunk as ActionChunkMsg
from genvla_msgs.msg import EndEffectorDelta
from geometry_msgs.msg import Vector3
import numpy as np
from numpy.typing import NDArray
from std_msgs.msg import Header

from genvla_node.stamps import duration_from_seconds, seconds_from_stamp
from genvla_policy.action_chunk import ActionChunk


def chunk_to_msg(
    chunk: ActionChunk, *, stamp: Time, frame_id: str, sequence: int
) -> ActionChunkMsg:
    """Message form of a chunk.

    Args:
        chunk: What the policy answered.
        stamp: The image's stamp, passed on as it came: chunk.stamp_s has lost its nanoseconds.
        frame_id: The robot's base frame.
        sequence: Number of the chunk in this activation.
    """
    return ActionChunkMsg(
        header=Header(stamp=stamp, frame_id=frame_id),
        sequence=sequence,
        instruction=chunk.instruction,
        step_period=duration_from_seconds(chunk.step_period_s),
        actions=[delta_to_msg(action) for action in chunk.actions],
        confidence=chunk.confidence.tolist(),
        text=chunk.text,
        inference_time=duration_from_seconds(chunk.inference_s),
        checkpoint=chunk.checkpoint,
    )


def chunk_from_msg(message: ActionChunkMsg) -> ActionChunk:
    """Chunk of a message; confidence comes back in the float32 of the message.

    Raises:
        ValueError: The message holds what no policy answers.
    """
    return ActionChunk(
        actions=np.array([delta_from_msg(delta) for delta in message.actions]).reshape(-1, 7),
        step_period_s=seconds_from_stamp(message.step_period),
        text=message.text,
        confidence=np.array(message.confidence, dtype=np.float64),
        inference_s=seconds_from_stamp(message.inference_time),
        checkpoint=message.checkpoint,
        instruction=message.instruction,
        stamp_s=seconds_from_stamp(message.header.stamp),
    )


def delta_to_msg(action: NDArray[np.float64]) -> EndEffectorDelta:
    """Message form of one action (7,): dx dy dz [m], droll dpitch dyaw [rad], gripper."""
    x, y, z, roll, pitch, yaw, gripper = action.tolist()
    return EndEffectorDelta(
        translation=Vector3(x=x, y=y, z=z),
        rotation=Vector3(x=roll, y=pitch, z=yaw),
        gripper=gripper,
    )


def delta_from_msg(message: EndEffectorDelta) -> NDArray[np.float64]:
    """One action (7,) of a message, in the order of delta_to_msg."""
    translation, rotation = message.translation, message.rotation
    return np.array(
        [
            *(translation.x, translation.y, translation.z),
            *(rotation.x, rotation.y, rotation.z),
            message.gripper,
        ]
    )
