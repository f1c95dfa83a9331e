# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Apply an action to a target pose, and compute the action of a motion; nothing else does."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genvla_viperx.arm import rotations

Array = NDArray[np.float64]


def apply_delta(base_T_tool: Array, action: ArrayLike) -> Array:
    """Return the next target pose, shape (4, 4): the previous target moved by one action.

    `p' = p + t` and `R' = Rz(yaw) Ry(pitch) Rx(roll) R`: both in base axes, with the rotation
    about the tool's origin. Apply it to the previous *target*, never to the measured pose:
    otherwise gravity sag would accumulate, and the arm would creep down.

    Args:
        base_T_tool: Previous target pose, shape (4, 4); not modified.
        action: dx, dy, dz [m], droll, dpitch, dyaw [rad], gripper (not used), shape (7,).

    Source: BridgeData V2 (Walke et al., 2023). BridgeData V2 rotates about the measured tool
    position, which is the same when the arm tracks its target.
    """
    step = np.asarray(action, dtype=np.float64)
    moved = base_T_tool.copy()
    moved[:3, 3] += step[:3]
    moved[:3, :3] = rotations.matrix_from_rpy(step[3:6]) @ base_T_tool[:3, :3]
    return moved


def delta_between(base_T_tool: Array, base_T_moved: Array, gripper: float) -> Array:
    """Return the action, shape (7,), that moves one pose to another: the inverse of `apply_delta`.

    Args:
        base_T_tool: Pose at the start of the motion, shape (4, 4).
        base_T_moved: Pose at its end, shape (4, 4).
        gripper: Gripper opening of the action, 0 to 1; NaN: leave the gripper unchanged.
    """
    turn = base_T_moved[:3, :3] @ base_T_tool[:3, :3].T
    shift = base_T_moved[:3, 3] - base_T_tool[:3, 3]
    return np.concatenate([shift, rotations.rpy_from_matrix(turn), [gripper]])
