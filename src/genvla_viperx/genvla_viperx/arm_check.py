# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What small moves of the arm say of it: sign, size, crosstalk, gripper, latency, sag."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genvla_viperx import rotations, vx300s
from genvla_viperx.findings import Finding
from genvla_viperx.gripper import finger_from_opening

Array = NDArray[np.float64]

AXES = ('x', 'y', 'z', 'roll', 'pitch', 'yaw')
MOVE = (0.02, 0.02, 0.02, 0.1, 0.1, 0.1)
"""Of the test moves along and about the base's axes [m, rad]."""

_SIZE_TOLERANCE = 0.4
"""Share by which a move may be short or long: a small one has friction and sag in it."""

_CROSS_M, _CROSS_RAD = 0.012, 0.08
"""What may move along with it."""

_FINGER_TOLERANCE_M = 0.006
_SLOW_MS = 300.0
_SAG_M = 0.02
_MARGIN_RAD = 0.02


def judge_move(axis: int, before: Array, after: Array) -> Finding:
    """Returns what a test move says.

    Args:
        axis: Of `AXES`.
        before: `base_T_tool` before it, shape (4, 4).
        after: As above, at rest after it.
    """
    moved = np.concatenate(
        [
            after[:3, 3] - before[:3, 3],
            rotations.rpy_from_matrix(after[:3, :3] @ before[:3, :3].T),
        ]
    )
    wanted, got = MOVE[axis], float(moved[axis])
    unit = 'mm' if axis < 3 else 'mrad'
    measured = f'{1000 * got:+.0f} {unit} of {1000 * wanted:+.0f}'
    others = np.delete(moved, axis)
    index = axis if axis < 3 else 3
    across_m = float(np.abs(others[: 2 if axis < 3 else 3]).max())
    across_rad = float(np.abs(others[index if axis >= 3 else 2 :]).max())
    if got * wanted < 0 and abs(got) > 0.3 * wanted:
        objection = 'the wrong way round: a servo is reversed, or the base frame is not x forward'
    elif abs(got) < 0.1 * wanted:
        objection = 'it did not move: is there torque, does something block it?'
    elif abs(got - wanted) > _SIZE_TOLERANCE * wanted:
        objection = 'too far from what was asked: sag, a blocked joint, or homing offsets'
    elif across_m > _CROSS_M or across_rad > _CROSS_RAD:
        objection = (
            f'{1000 * across_m:.0f} mm and {1000 * across_rad:.0f} mrad went another way: homing '
            'offsets, or a joint that does not follow'
        )
    else:
        objection = ''
    return Finding(f'{AXES[axis]} of the tool', measured, objection)


def judge_gripper(opening: float, finger_m: float) -> Finding:
    """Returns what the fingers say, told an opening (0 closed, 1 open), measured [m]."""
    wanted = finger_from_opening(opening)
    objection = ''
    if abs(finger_m - wanted) > _FINGER_TOLERANCE_M:
        objection = (
            f'expected {1000 * wanted:.0f} mm: is something between the fingers, and is the '
            'gripper in linear_position mode?'
        )
    return Finding(
        f'gripper {"open" if opening > 0.5 else "closed"}',
        f'finger at {1000 * finger_m:.0f} mm',
        objection,
    )


def judge_latency(latency_s: Sequence[float]) -> Finding:
    """Returns what the times from a step to the first motion say [s]."""
    if not latency_s:
        return Finding('latency', 'not measured', 'the arm never moved')
    median_ms, worst_ms = 1000 * float(np.median(latency_s)), 1000 * max(latency_s)
    return Finding(
        'latency, step to motion',
        f'{median_ms:.0f} ms, at most {worst_ms:.0f}',
        f'expected below {_SLOW_MS:.0f} ms: is the serial port slow (latency_timer 1), or the '
        'computer busy?'
        if median_ms > _SLOW_MS
        else '',
    )


def judge_sag(sag_m: float) -> Finding:
    """Returns what the tool's height under its target at rest says [m]."""
    return Finding(
        'sag at rest',
        f'{1000 * sag_m:+.0f} mm',
        'raise Position_P_Gain of shoulder and elbow (set_motor_pid_gains; a reboot resets it)'
        if abs(sag_m) > _SAG_M
        else '',
    )


def judge_limits(q: Array) -> list[Finding]:
    """Returns how far each joint is from its limits, shape (6,) [rad]."""
    found = []
    for name, value, low, high in zip(
        vx300s.JOINT_NAMES, q, vx300s.JOINT_LOWER, vx300s.JOINT_UPPER, strict=True
    ):
        margin = float(min(value - low, high - value))
        found.append(
            Finding(
                f'limits of {name}',
                f'{value:+.2f} rad, {margin:.2f} from the nearest',
                'at home it should be far from them: homing offsets?'
                if margin < _MARGIN_RAD
                else '',
            )
        )
    return found
