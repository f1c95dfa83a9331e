# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Forward kinematics of the ViperX 300 S."""

from __future__ import annotations

from math import cos, sin

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genvla_viperx.arm import vx300s

Array = NDArray[np.float64]

# Origin of each joint in the frame of the one before it at zero joints [m], then of the tool.
_OFFSETS = (
    (0.0, 0.0, 0.079),
    (0.0, 0.0, vx300s.SHOULDER_HEIGHT - 0.079),
    (vx300s.UPPER_ARM_X, 0.0, vx300s.UPPER_ARM_Z),
    (vx300s.ELBOW_TO_FOREARM, 0.0, 0.0),
    (vx300s.FOREARM - vx300s.ELBOW_TO_FOREARM, 0.0, 0.0),
    (vx300s.WRIST_ANGLE_TO_ROTATE, 0.0, 0.0),
    (vx300s.WRIST_TO_TOOL - vx300s.WRIST_ANGLE_TO_ROTATE, 0.0, 0.0),
)
_AXES = 'zyyxyx'


def forward(q: ArrayLike) -> Array:
    """Returns `base_T_tool`, shape (4, 4), for joints q, shape (6,) [rad].

    Base is `base_link`, tool is `ee_gripper_link` (x out of the gripper; z up at zero joints).
    """
    base_T_tool: Array = link_poses(q)[-1]
    return base_T_tool


def link_poses(q: ArrayLike) -> Array:
    """Returns the pose of each joint's child link and of the tool in the base, shape (7, 4, 4).

    Args:
        q: Joint positions in the order of `vx300s.JOINT_NAMES`, shape (6,) [rad].
    """
    angles = np.asarray(q, dtype=np.float64).tolist()
    poses = np.empty((7, 4, 4))
    pose = np.eye(4)
    for index in range(6):
        pose = pose @ _joint_transform(_AXES[index], angles[index], _OFFSETS[index])
        poses[index] = pose
    poses[6] = pose
    poses[6, :3, 3] += pose[:3, 0] * _OFFSETS[6][0]
    return poses


def _joint_transform(axis: str, angle: float, offset: tuple[float, float, float]) -> Array:
    """Translation by the offset, then rotation by the angle about a coordinate axis."""
    c, s = cos(angle), sin(angle)
    x, y, z = offset
    if axis == 'x':
        rows = [[1.0, 0.0, 0.0, x], [0.0, c, -s, y], [0.0, s, c, z]]
    elif axis == 'y':
        rows = [[c, 0.0, s, x], [0.0, 1.0, 0.0, y], [-s, 0.0, c, z]]
    else:
        rows = [[c, -s, 0.0, x], [s, c, 0.0, y], [0.0, 0.0, 1.0, z]]
    return np.array([*rows, [0.0, 0.0, 0.0, 1.0]])
