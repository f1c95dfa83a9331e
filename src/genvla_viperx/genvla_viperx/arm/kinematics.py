# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Forward kinematics of the ViperX 300 S."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genvla_viperx.arm import vx300s

Array = NDArray[np.float64]

# Origin of each joint in the frame of the joint before it at zero joints [m], then of the tool.
_OFFSETS = (
    (0.0, 0.0, 0.079),
    (0.0, 0.0, vx300s.SHOULDER_HEIGHT - 0.079),
    (vx300s.UPPER_ARM_X, 0.0, vx300s.UPPER_ARM_Z),
    (vx300s.ELBOW_TO_FOREARM, 0.0, 0.0),
    (vx300s.FOREARM - vx300s.ELBOW_TO_FOREARM, 0.0, 0.0),
    (vx300s.WRIST_ANGLE_TO_ROTATE, 0.0, 0.0),
    (vx300s.WRIST_TO_TOOL - vx300s.WRIST_ANGLE_TO_ROTATE, 0.0, 0.0),
)
AXES = 'zyyxyx'
"""Rotation axis of each joint, in its own frame."""


_JOINTS = np.arange(len(AXES))
_FROM, _TO = (np.array([order.index(axis) for axis in AXES]) for order in ('zxy', 'yzx'))
"""A positive rotation about an axis turns the first coordinate axis into the second."""

_PLACES = np.concatenate(
    [
        16 * _JOINTS + 4 * row + column
        for row, column in ((_FROM, _FROM), (_TO, _TO), (_TO, _FROM), (_FROM, _TO))
    ]
)
"""Positions of cos, cos, sin and -sin of every joint in its transform."""

_UNTURNED = np.tile(np.eye(4), (len(AXES), 1, 1))
_UNTURNED[:, :3, 3] = _OFFSETS[: len(AXES)]
_UNTURNED = _UNTURNED.reshape(-1)


def forward(q: ArrayLike) -> Array:
    """Return `base_T_tool`, shape (4, 4), for joints q, shape (6,) [rad].

    The base is `base_link`, the tool is `ee_gripper_link` (x out of the gripper; z up at zero
    joints).
    """
    base_T_tool: Array = link_poses(q)[-1]
    return base_T_tool


def link_poses(q: ArrayLike) -> Array:
    """Return the pose of each joint's child link and of the tool in the base, shape (7, 4, 4).

    Args:
        q: Joint positions in the order of `vx300s.JOINT_NAMES`, shape (6,) [rad].
    """
    poses: Array = link_poses_of(np.asarray(q, dtype=np.float64)[None])[0]
    return poses


def link_poses_of(q_K6: Array) -> Array:
    """Return `link_poses` for several joint vectors at once, shape (K, 7, 4, 4).

    Args:
        q_K6: Joint positions, shape (K, 6) [rad].
    """
    cos, sin = np.cos(q_K6), np.sin(q_K6)
    entries = np.empty((len(q_K6), len(_UNTURNED)))
    entries[:] = _UNTURNED
    entries[:, _PLACES] = np.concatenate([cos, cos, sin, -sin], axis=1)
    turned = entries.reshape(-1, len(AXES), 4, 4)
    poses = np.empty((len(q_K6), 7, 4, 4))
    poses[:, 0] = turned[:, 0]
    for index in range(1, len(AXES)):
        np.matmul(poses[:, index - 1], turned[:, index], out=poses[:, index])
    poses[:, 6] = poses[:, 5]
    poses[:, 6, :3, 3] += poses[:, 5, :3, 0] * _OFFSETS[6][0]
    return poses
