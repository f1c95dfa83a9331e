# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Closed-form inverse kinematics of the ViperX 300 S: the nearest solution within limits.

The last three axes meet in one point, so position and orientation separate. The wrist centre
determines waist, shoulder and elbow (2 x 2 solutions); the remaining rotation determines the wrist
as x-y-x angles (2 solutions each). The code uses scalars, because numpy's cost per call would
dominate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import atan2, cos, hypot, pi, sin, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genvla_viperx.arm import vx300s

Array = NDArray[np.float64]

OUT_OF_REACH = 'out of reach'

_SHOULDER_TO_ELBOW = hypot(vx300s.UPPER_ARM_X, vx300s.UPPER_ARM_Z)
_UPPER_ARM_ELEVATION = atan2(vx300s.UPPER_ARM_Z, vx300s.UPPER_ARM_X)
_LOWER = tuple(vx300s.JOINT_LOWER.tolist())
_UPPER = tuple(vx300s.JOINT_UPPER.tolist())
_ROUNDING = 1e-9
"""A smaller excess over a joint limit or the full reach is a rounding error, and is clipped [rad,
-]."""
_SINGULAR = 1e-8
"""Below this distance from a singular axis [m, rad], the free angle is taken from q_near."""


@dataclass(frozen=True, eq=False)
class IkResult:
    """Joints that reach a pose, or why there are none.

    Attributes:
        q: Joint positions within all limits, shape (6,) [rad]; None if the pose cannot be reached.
        violated: Empty if q is set; otherwise `('out of reach',)` or the limits that the solution
            with the least excess would break, such as `('elbow upper limit',)`.
    """

    q: Array | None
    violated: tuple[str, ...] = ()


def solve(base_T_tool: Array, q_near: ArrayLike) -> IkResult:
    """Return the joint positions within limits that reach a pose and are nearest to q_near.

    The distance is the Euclidean distance of joint vectors, without wrapping: a waist at +3.1 rad
    is far from -3.1 rad, because the arm has to turn all the way round. In a singular solution
    (wrist straight, or wrist centre above the base), the free angle stays as in q_near.

    Args:
        base_T_tool: Pose of ee_gripper_link in base_link, shape (4, 4).
        q_near: Joint positions to stay close to, usually the last command, shape (6,) [rad].
    """
    near = np.asarray(q_near, dtype=np.float64).tolist()
    rows = base_T_tool.tolist()
    best = _nearest(rows, near)
    if best is None:
        return IkResult(None, _violated(rows, near))
    return IkResult(np.minimum(np.maximum(best, vx300s.JOINT_LOWER), vx300s.JOINT_UPPER))


def _nearest(rows: list[list[float]], near: list[float]) -> list[float] | None:
    """Return the nearest solution within limits, or None."""
    best, best_distance = None, float('inf')
    for arm, pitch in _arms(rows, near):
        # Most arms are out already, which saves their wrists.
        so_far = sum((value - other) ** 2 for value, other in zip(arm, near, strict=False))
        if so_far >= best_distance or _excess(arm) > _ROUNDING:
            continue
        for wrist in _wrists(rows, arm[0], pitch, near[3]):
            q = arm + wrist
            distance = sum((value - other) ** 2 for value, other in zip(q, near, strict=True))
            if distance < best_distance and _excess(q) <= _ROUNDING:
                best, best_distance = q, distance
    return best


def _violated(rows: list[list[float]], near: list[float]) -> tuple[str, ...]:
    """Return the limits that the solution with the least excess breaks."""
    solutions = [
        arm + wrist
        for arm, pitch in _arms(rows, near)
        for wrist in _wrists(rows, arm[0], pitch, near[3])
    ]
    return _broken_limits(min(solutions, key=_excess)) if solutions else (OUT_OF_REACH,)


def _excess(q: list[float]) -> float:
    """Return how far the worst of the first joints is beyond its limit; negative within [rad]."""
    excess: float = max(
        max(low - value, value - high) for low, value, high in zip(_LOWER, q, _UPPER, strict=False)
    )
    return excess


def _arms(rows: list[list[float]], near: list[float]) -> Iterator[tuple[list[float], float]]:
    """Yield up to 4 (waist, shoulder, elbow) in [-pi, pi] and the forearm's pitch.

    Does not check limits.
    """
    x = rows[0][3] - vx300s.WRIST_TO_TOOL * rows[0][0]
    y = rows[1][3] - vx300s.WRIST_TO_TOOL * rows[1][0]
    z = rows[2][3] - vx300s.WRIST_TO_TOOL * rows[2][0] - vx300s.SHOULDER_HEIGHT
    radius = hypot(x, y)
    cos_bend = (radius**2 + z**2 - _SHOULDER_TO_ELBOW**2 - vx300s.FOREARM**2) / (
        2 * _SHOULDER_TO_ELBOW * vx300s.FOREARM
    )
    if not abs(cos_bend) <= 1 + _ROUNDING:
        return
    cos_bend = min(max(cos_bend, -1.0), 1.0)
    sin_bend = sqrt(1 - cos_bend * cos_bend)
    facing = near[0] if radius < _SINGULAR else atan2(y, x)
    for waist, reach in ((facing, radius), (facing + pi, -radius)):
        for bend_sine in (sin_bend, -sin_bend):
            # Elevations are angles from the horizontal. At joint angle zero, the upper arm's
            # elevation is its own offset.
            bend = atan2(bend_sine, cos_bend)
            elevation = atan2(z, reach) + atan2(
                vx300s.FOREARM * bend_sine, _SHOULDER_TO_ELBOW + vx300s.FOREARM * cos_bend
            )
            shoulder = _UPPER_ARM_ELEVATION - elevation
            elbow = bend - _UPPER_ARM_ELEVATION
            arm = [_wrapped(waist), _wrapped(shoulder), _wrapped(elbow)]
            yield arm, shoulder + elbow


def _wrists(
    rows: list[list[float]], waist: float, pitch: float, near_roll: float
) -> Iterator[list[float]]:
    """Yield the two (forearm_roll, wrist_angle, wrist_rotate) for a given forearm.

    With S = (Rz(waist) Ry(pitch))^T R = Rx(a) Ry(b) Rx(c), the first column of S is (cos b, sin a
    sin b, -cos a sin b). The sum a + c follows from the lower right block, which stays
    well-conditioned down to b = 0.
    """
    (r00, r01, r02, _), (r10, r11, r12, _), (r20, r21, r22, _), _ = rows
    cw, sw, cp, sp = cos(waist), sin(waist), cos(pitch), sin(pitch)
    along = cw * r00 + sw * r10
    s00 = cp * along - sp * r20
    s10 = cw * r10 - sw * r00
    s20 = sp * along + cp * r20
    s11 = cw * r11 - sw * r01
    s12 = cw * r12 - sw * r02
    s21 = sp * (cw * r01 + sw * r11) + cp * r21
    s22 = sp * (cw * r02 + sw * r12) + cp * r22
    angle = atan2(hypot(s10, s20), s00)
    total = atan2(s21 - s12, s11 + s22)
    if angle < _SINGULAR:
        rotate = min(max(_wrapped(total - near_roll), _LOWER[5]), _UPPER[5])
        yield [_wrapped(total - rotate), 0.0, rotate]
        return
    roll = atan2(s10, -s20)
    yield [roll, angle, _wrapped(total - roll)]
    yield [_wrapped(roll + pi), -angle, _wrapped(total - roll - pi)]


def _broken_limits(q: list[float]) -> tuple[str, ...]:
    broken = []
    for name, low, value, high in zip(vx300s.JOINT_NAMES, _LOWER, q, _UPPER, strict=True):
        if value < low - _ROUNDING:
            broken.append(f'{name} lower limit')
        elif value > high + _ROUNDING:
            broken.append(f'{name} upper limit')
    return tuple(broken)


def _wrapped(angle: float) -> float:
    """Return the same angle in [-pi, pi]."""
    return (angle + pi) % (2 * pi) - pi if abs(angle) > pi else angle
