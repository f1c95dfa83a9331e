# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Convert actions to the messages ActionChunk and EndEffectorDelta.

This is the only converter. It is in genvla_node because several packages create chunks: the
policy, the gamepad, the arm's check, fault injection. genvla_viperx cannot import it from
genvla_policy, which depends on torch. `genvla_command.end_effector_action` reads the messages
without their classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from builtin_interfaces.msg import Time
from genvla_msgs.msg import ActionChunk, EndEffectorDelta
from geometry_msgs.msg import Vector3
from std_msgs.msg import Header

from genvla_node.stamps import duration_from_seconds


def chunk_to_msg(
    actions: Iterable[Sequence[float]],
    *,
    stamp: Time,
    frame_id: str,
    instruction: str,
    step_period_s: float,
    checkpoint: str,
    sequence: int = 0,
    confidence: Sequence[float] = (),
    text: str = '',
    inference_s: float = 0.0,
    first_slot: int = 0,
    num_committed: int = 0,
) -> ActionChunk:
    """Return the message of a chunk of actions.

    Args:
        actions: Seven numbers each: dx dy dz [m], droll dpitch dyaw [rad], gripper opening.
        stamp: Capture time of the image that the chunk answers, not the time of publishing.
        frame_id: Base frame of the robot.
        instruction: The current instruction.
        step_period_s: Time between two steps [s].
        checkpoint: Name of the checkpoint, or of the source that replaces it.
        sequence: Number of the chunk in this activation.
        confidence: In [0, 1], one per action; empty: unknown.
        text: The text that a language head printed.
        inference_s: Time from the observation to the chunk [s].
        first_slot: Bridge slot of the first action; 0: the chunk is placed by its stamp.
        num_committed: Number of leading actions that were given to the policy as fixed.
    """
    return ActionChunk(
        header=Header(stamp=stamp, frame_id=frame_id),
        sequence=sequence,
        instruction=instruction,
        step_period=duration_from_seconds(step_period_s),
        actions=[delta_to_msg(action) for action in actions],
        confidence=confidence,
        text=text,
        inference_time=duration_from_seconds(inference_s),
        checkpoint=checkpoint,
        first_slot=first_slot,
        num_committed=num_committed,
    )


def delta_to_msg(action: Sequence[float]) -> EndEffectorDelta:
    """Return the message of one action, given its seven numbers."""
    x, y, z, roll, pitch, yaw, gripper = map(float, action)
    return EndEffectorDelta(
        translation=Vector3(x=x, y=y, z=z),
        rotation=Vector3(x=roll, y=pitch, z=yaw),
        gripper=gripper,
    )
