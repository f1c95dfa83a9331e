# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Rotation matrices, fixed-axis roll-pitch-yaw, xyzw quaternions and rotation vectors."""

from __future__ import annotations

from math import atan2, cos, hypot, sin, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def matrix_from_rpy(rpy: ArrayLike) -> Array:
    """Return R = Rz(yaw) Ry(pitch) Rx(roll), shape (3, 3).

    Args:
        rpy: Roll, pitch and yaw about the fixed x, y and z axes, shape (3,) [rad].
    """
    roll, pitch, yaw = np.asarray(rpy, dtype=np.float64).tolist()
    cr, sr = cos(roll), sin(roll)
    cp, sp = cos(pitch), sin(pitch)
    cy, sy = cos(yaw), sin(yaw)
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ]
    )


def rpy_from_matrix(R: Array) -> Array:
    """Return the fixed-axis roll, pitch and yaw of a rotation, shape (3,) [rad].

    Roll and yaw are in [-pi, pi], pitch in [-pi/2, pi/2]. With pitch at +-pi/2 (a gripper that
    points straight down), only the combination of roll and yaw is defined: yaw is then 0.
    """
    cos_pitch = hypot(R[0, 0], R[1, 0])
    pitch = atan2(-R[2, 0], cos_pitch)
    if cos_pitch < 1e-9:
        return np.array([atan2(-R[1, 2], R[1, 1]), pitch, 0.0])
    return np.array([atan2(R[2, 1], R[2, 2]), pitch, atan2(R[1, 0], R[0, 0])])


def quat_xyzw_from_matrix(R: Array) -> Array:
    """Return the unit quaternion of a rotation, shape (4,), order x y z w, w >= 0.

    Source: Shepperd, "Quaternion from rotation matrix", 1978: divide by the largest of the four.
    """
    (r00, r01, r02), (r10, r11, r12), (r20, r21, r22) = R.tolist()
    fourfold_squares = (
        1 + r00 - r11 - r22,
        1 - r00 + r11 - r22,
        1 - r00 - r11 + r22,
        1 + r00 + r11 + r22,
    )
    largest = max(range(4), key=fourfold_squares.__getitem__)
    diagonal = fourfold_squares[largest]
    column = (
        (diagonal, r01 + r10, r02 + r20, r21 - r12),
        (r01 + r10, diagonal, r12 + r21, r02 - r20),
        (r02 + r20, r12 + r21, diagonal, r10 - r01),
        (r21 - r12, r02 - r20, r10 - r01, diagonal),
    )[largest]
    quat_xyzw = np.array(column) / (2 * sqrt(diagonal))
    return -quat_xyzw if quat_xyzw[3] < 0 else quat_xyzw


def matrix_from_quat_xyzw(quat_xyzw: ArrayLike) -> Array:
    """Return the rotation matrix of a quaternion in order x y z w, which need not be unit.

    Raises:
        ValueError: The quaternion is zero.
    """
    x, y, z, w = np.asarray(quat_xyzw, dtype=np.float64).tolist()
    norm_squared = x * x + y * y + z * z + w * w
    if norm_squared == 0:
        raise ValueError('a zero quaternion is not a rotation; the identity is (0, 0, 0, 1)')
    s = 2 / norm_squared
    return np.array(
        [
            [1 - s * (y * y + z * z), s * (x * y - w * z), s * (x * z + w * y)],
            [s * (x * y + w * z), 1 - s * (x * x + z * z), s * (y * z - w * x)],
            [s * (x * z - w * y), s * (y * z + w * x), 1 - s * (x * x + y * y)],
        ]
    )


def rotation_vector_from_matrix(R: Array) -> Array:
    """Return the axis of a rotation times its angle in [0, pi], shape (3,) [rad]."""
    quat_xyzw = quat_xyzw_from_matrix(R)
    half_sine = float(np.linalg.norm(quat_xyzw[:3]))
    if half_sine < 1e-12:
        return np.zeros(3)
    return np.asarray(quat_xyzw[:3] * (2.0 * atan2(half_sine, quat_xyzw[3]) / half_sine))


def matrix_from_rotation_vector(vector: ArrayLike) -> Array:
    """Return the rotation about an axis, shape (3, 3).

    Args:
        vector: The axis times the angle, shape (3,) [rad].
    """
    axis_angle = np.asarray(vector, dtype=np.float64)
    half = 0.5 * float(np.linalg.norm(axis_angle))
    # np.sinc(x) is sin(pi x) / (pi x), which avoids a division by zero at angle 0.
    return matrix_from_quat_xyzw([*(0.5 * np.sinc(half / np.pi) * axis_angle), cos(half)])
