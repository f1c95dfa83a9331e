# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of each RLDS data set to our actions: the features to read and the formula.

Shape suffixes: N stored steps, T kept steps.

Source: openvla c8f03f4, prismatic/vla/datasets/rlds: oxe/transforms.py (bridge_orig, rt1, libero),
oxe/configs.py (cameras) and utils/data_utils.py (grippers, relabelling), oxe/utils/droid_utils.py
(DROID in the base frame); droid-dataset/droid, robot_ik/robot_ik_solver.py (scale of DROID's
numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from genvla_policy.pretrained.libero_units import (
    LARGEST_ROTATION_RAD,
    LARGEST_TRANSLATION_M,
    LIBERO_RATE_HZ,
)
from genvla_viperx.arm.rotations import matrix_from_rotation_vector, rpy_from_matrix

_LIBERO_LARGEST_6 = np.array([LARGEST_TRANSLATION_M] * 3 + [LARGEST_ROTATION_RAD] * 3)
"""The step [m, rad] for a stored value of 1."""
_DROID_LARGEST_2 = np.array([0.075, 0.15])
"""The displacement [m] and the rotation [rad] for a velocity of length 1."""

Numbers: TypeAlias = Mapping[str, NDArray[np.float32]]
"""Features of an episode by name, each with N rows, in the data's precision."""


@dataclass(frozen=True)
class RldsTransform:
    """The features to read from a data set, and their conversion to actions.

    Attributes:
        control_rate_hz: Steps per second [Hz]; RLDS does not store it.
        cameras: Features with the pictures, one per camera.
        instruction: Feature with the instruction to the robot at every step.
        numbers: Features that make_actions needs.
        make_actions: Computes the (T, 7) actions of the kept steps, in the convention of
            Episode.actions_TA. Must be a module-level function, so that a data set can be pickled.
        drop_first: Number of steps to drop at the start of an episode.
        drop_last: Number of steps to drop at the end.
        leave_out_unlabelled: Skip episodes without an instruction instead of raising an error.
        states: Features whose numbers, side by side, are the robot's state at a step. Empty: there
            is no state.
        aspect_ratio: Width over height of the camera image, if the stored pictures are squashed.
            0: use the stored pictures' ratio.
    """

    control_rate_hz: float
    cameras: tuple[str, ...]
    instruction: str
    numbers: tuple[str, ...]
    make_actions: Callable[[Numbers], NDArray[np.float32]]
    drop_first: int = 0
    drop_last: int = 0
    leave_out_unlabelled: bool = False
    states: tuple[str, ...] = ()
    aspect_ratio: float = 0.0


def bridge_actions(numbers: Numbers) -> NDArray[np.float32]:
    """Return the actions of Bridge V2: motion between consecutive states, and the gripper.

    The first step is dropped because its action is all zeros, the last one because it has no next
    state.
    """
    states_T7 = numbers['steps/observation/state'][1:]
    gripper_T = binary_gripper(numbers['steps/action'][1:, -1])
    return np.column_stack([np.diff(states_T7[:, :6], axis=0), gripper_T[:-1]])


def fractal_actions(numbers: Numbers) -> NDArray[np.float32]:
    """Return the actions of RT-1, with open and close commands converted to a gripper opening."""
    return np.column_stack(
        [
            numbers['steps/action/world_vector'],
            numbers['steps/action/rotation_delta'],
            absolute_gripper(numbers['steps/action/gripper_closedness_action'][:, 0]),
        ]
    )


def libero_actions(numbers: Numbers) -> NDArray[np.float32]:
    """Return the actions of LIBERO in metres and radians, with the gripper as an opening.

    Stored values are fractions of the controller's largest step. The rotation is a rotation
    vector, and the gripper is -1 for open and 1 for closed.
    """
    stored_N7 = numbers['steps/action'].astype(np.float64)
    moves_N6 = stored_N7[:, :6] * _LIBERO_LARGEST_6
    rpy_N3 = [rpy_from_matrix(matrix_from_rotation_vector(vector)) for vector in moves_N6[:, 3:]]
    opening_N = 1.0 - np.clip(stored_N7[:, 6], 0.0, 1.0)
    return np.column_stack([moves_N6[:, :3], np.reshape(rpy_N3, (-1, 3)), opening_N]).astype(
        np.float32
    )


def droid_actions(numbers: Numbers) -> NDArray[np.float32]:
    """Return the actions of DROID in metres and radians, with the gripper as an opening.

    Stored displacement and rotation (roll, pitch, yaw) are commanded velocities in the base frame,
    as fractions of the controller's largest step. The controller shortens vectors longer than 1.
    The gripper is 0 for open and 1 for closed.
    """
    velocities_N23 = numbers['steps/action_dict/cartesian_velocity'].reshape(-1, 2, 3)
    lengths_N21 = np.linalg.norm(velocities_N23, axis=2, keepdims=True)
    steps_N23 = velocities_N23 / np.maximum(lengths_N21, 1.0) * _DROID_LARGEST_2[:, None]
    closing_N1 = np.clip(numbers['steps/action_dict/gripper_position'], 0.0, 1.0)
    return np.column_stack([steps_N23.reshape(-1, 6), 1.0 - closing_N1]).astype(np.float32)


def binary_gripper(gripper_N: NDArray[np.float32]) -> NDArray[np.float32]:
    """Replace values between closed (below 0.05) and open (above 0.95) by the next binary value.

    If an episode ends with intermediate values, all of them become its last value, as upstream.
    """
    opening_N = np.empty_like(gripper_N)
    after = gripper_N[-1] if len(gripper_N) else np.float32(0)
    for step in reversed(range(len(gripper_N))):
        if gripper_N[step] > 0.95:
            after = np.float32(1)
        elif gripper_N[step] < 0.05:
            after = np.float32(0)
        opening_N[step] = after
    return opening_N


def absolute_gripper(closing_N: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the opening (0 closed, 1 open) that results from close and open commands.

    Args:
        closing_N: Values above 0.1 close, values below -0.1 open, values between keep the state.

    Returns:
        The opening at each step. Before the first command, it is the opposite of that command,
        since a gripper that receives a close command was open. Without any command, it is open.
    """
    commands_N = np.where(closing_N < -0.1, 1, np.where(closing_N > 0.1, 0, -1))
    given = commands_N[commands_N >= 0]
    opening = 1 - given[0] if given.size else 1
    opening_N = np.empty_like(closing_N)
    for step, command in enumerate(commands_N):
        opening = opening if command < 0 else command
        opening_N[step] = opening
    return opening_N


_BRIDGE = RldsTransform(
    control_rate_hz=5.0,
    cameras=('steps/observation/image_0',),
    instruction='steps/language_instruction',
    numbers=('steps/action', 'steps/observation/state'),
    make_actions=bridge_actions,
    drop_first=1,
    drop_last=1,
    leave_out_unlabelled=True,
    states=('steps/observation/state',),
    # 640x480 (bridge_data_robot), squashed to 256x256 in the conversion to RLDS.
    aspect_ratio=640 / 480,
)

_FRACTAL = RldsTransform(
    control_rate_hz=3.0,
    cameras=('steps/observation/image',),
    instruction='steps/observation/natural_language_instruction',
    numbers=(
        'steps/action/world_vector',
        'steps/action/rotation_delta',
        'steps/action/gripper_closedness_action',
    ),
    make_actions=fractal_actions,
    states=('steps/observation/base_pose_tool_reached', 'steps/observation/gripper_closed'),
)

_LIBERO = RldsTransform(
    control_rate_hz=LIBERO_RATE_HZ,
    cameras=('steps/observation/image',),
    instruction='steps/language_instruction',
    numbers=('steps/action',),
    make_actions=libero_actions,
    states=('steps/observation/state',),
)

_DROID = RldsTransform(
    control_rate_hz=15.0,
    cameras=('steps/observation/exterior_image_1_left',),
    instruction='steps/language_instruction',
    numbers=('steps/action_dict/cartesian_velocity', 'steps/action_dict/gripper_position'),
    make_actions=droid_actions,
    leave_out_unlabelled=True,
    states=('steps/observation/cartesian_position', 'steps/observation/gripper_position'),
)

TRANSFORMS: dict[str, RldsTransform] = {
    # The download is named bridge_dataset; OpenVLA renames its folder.
    'bridge_orig': _BRIDGE,
    'bridge_dataset': _BRIDGE,
    'fractal20220817_data': _FRACTAL,
    'droid': _DROID,
    'droid_100': _DROID,
    # OpenVLA's modified_libero_rlds.
    'libero_spatial_no_noops': _LIBERO,
    'libero_object_no_noops': _LIBERO,
    'libero_goal_no_noops': _LIBERO,
    'libero_10_no_noops': _LIBERO,
}
"""Transforms by data set name. Add your own: TRANSFORMS['our_arm'] = RldsTransform(...)."""
