# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Judge an arm by small test moves: direction, size, crosstalk, gripper, latency, sag."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_NAMES, GRIPPER
from genvla_command.findings import Finding
from genvla_viperx.arm import kinematics, rotations, vx300s
from genvla_viperx.arm.gripper import finger_from_opening

Array = NDArray[np.float64]

AXES = tuple(name.removeprefix('d') for name in ACTION_NAMES[:GRIPPER])
MOVE = (0.02, 0.02, 0.02, 0.1, 0.1, 0.1)
"""Size of the test moves along and about the base's axes [m, rad]."""

_SIZE_TOLERANCE = 0.4
"""Relative error that a move may have: a small move includes friction and sag."""

_CROSS_M, _CROSS_RAD = 0.012, 0.08
"""Motion that is allowed in the other directions."""

_FINGER_TOLERANCE_M = 0.006
_SLOW_MS = 300.0
_SAG_M = 0.02
_LIMIT_TOLERANCE = 0.01
_ASLEEP_RAD, _SLEEP_TOLERANCE_RAD = 0.5, 0.15
_OUTSIDE_RAD = 0.02


def judge_move(axis: int, before: Array, after: Array) -> Finding:
    """Return the finding about a test move.

    Args:
        axis: Index in `AXES`.
        before: `base_T_tool` before the move, shape (4, 4).
        after: `base_T_tool` at rest after the move, shape (4, 4).
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
        objection = 'wrong direction: a servo is reversed, or x of the base frame is not forward'
    elif abs(got) < 0.1 * wanted:
        objection = 'it did not move: check its torque, and whether something blocks it'
    elif abs(got - wanted) > _SIZE_TOLERANCE * wanted:
        objection = 'wrong distance: sag, a blocked joint, or wrong homing offsets'
    elif across_m > _CROSS_M or across_rad > _CROSS_RAD:
        objection = (
            f'it also moved {1000 * across_m:.0f} mm and {1000 * across_rad:.0f} mrad in other '
            'directions: wrong homing offsets, or a joint that does not follow'
        )
    else:
        objection = ''
    return Finding(f'{AXES[axis]} of the tool', measured, objection)


def judge_gripper(opening: float, finger_m: float) -> Finding:
    """Return the finding about a gripper command.

    Args:
        opening: Commanded opening, 0 closed, 1 open.
        finger_m: Measured distance of a finger from the centre line [m].
    """
    wanted = finger_from_opening(opening)
    objection = ''
    if abs(finger_m - wanted) > _FINGER_TOLERANCE_M:
        objection = (
            f'expected {1000 * wanted:.0f} mm: check that nothing is between the fingers, and '
            "that the gripper is in the mode of the bridge's gripper_mode"
        )
    return Finding(
        f'gripper {"open" if opening > 0.5 else "closed"}',
        f'finger at {1000 * finger_m:.0f} mm',
        objection,
    )


def judge_latency(latency_s: Sequence[float], speed_scale: float = 1.0) -> Finding:
    """Return the finding about the times from a step to the first motion [s].

    At reduced speed, small steps take longer to become visible; the latency is then reported, but
    not judged.
    """
    if not latency_s:
        return Finding('latency', 'not measured', 'the arm never moved')
    median_ms, worst_ms = 1000 * float(np.median(latency_s)), 1000 * max(latency_s)
    note = '' if speed_scale == 1.0 else f', at speed_scale {speed_scale:g}'
    return Finding(
        'latency from step to motion',
        f'{median_ms:.0f} ms, at most {worst_ms:.0f}{note}',
        f'expected below {_SLOW_MS:.0f} ms: set the latency_timer of the serial port to 1 ms, and '
        'check that the computer is not busy'
        if median_ms > _SLOW_MS and not note
        else '',
    )


def judge_sag(told: Array, measured: Array) -> Finding:
    """Return the finding about how far a resting arm is from its commanded position.

    Args:
        told: Joint positions of the last command, shape (6,) [rad].
        measured: Joint positions at rest, shape (6,) [rad].
    """
    sag_m = float(kinematics.forward(told)[2, 3] - kinematics.forward(measured)[2, 3])
    errors = np.abs(told - measured)
    worst = int(errors.argmax())
    return Finding(
        'sag at rest',
        f'tool {1000 * sag_m:+.0f} mm too low, {vx300s.JOINT_NAMES[worst]} '
        f'{errors[worst]:.3f} rad off',
        'raise Position_P_Gain of the shoulder and elbow (set_motor_pid_gains; a reboot resets it)'
        if abs(sag_m) > _SAG_M
        else '',
    )


def judge_servo_limits(lower_ticks: Sequence[int], upper_ticks: Sequence[int]) -> list[Finding]:
    """Return the findings about the servos' own limits; empty if the driver does not know them.

    A servo silently ignores a goal outside its limits: the driver's group writes get no answer.

    Args:
        lower_ticks: Min_Position_Limit of each joint of the arm.
        upper_ticks: Max_Position_Limit of each joint of the arm.
    """
    if not lower_ticks or not upper_ticks:
        return []
    found = []
    for name, low, high, expected_low, expected_high in zip(
        vx300s.JOINT_NAMES,
        rad_from_ticks(lower_ticks),
        rad_from_ticks(upper_ticks),
        vx300s.JOINT_LOWER,
        vx300s.JOINT_UPPER,
        strict=True,
    ):
        off = max(abs(low - expected_low), abs(high - expected_high)) > _LIMIT_TOLERANCE
        found.append(
            Finding(
                f'servo limits of {name}',
                f'{low:+.2f} to {high:+.2f} rad',
                f'expected {expected_low:+.2f} to {expected_high:+.2f}: the servo silently '
                'ignores goals outside its limits; start the driver of Interbotix once with '
                'load_configs:=true'
                if off
                else '',
            )
        )
    return found


def rad_from_ticks(ticks: Sequence[int]) -> Array:
    """Return positions [rad] from ticks. Source: ROBOTIS, X series: 4096 a turn, 2048 is zero."""
    return (np.asarray(ticks, dtype=np.float64) - 2048) * (2 * np.pi / 4096)


def judge_start(q: Array) -> Finding:
    """Return the finding about the joints before the first move, shape (6,) [rad].

    In its sleep pose the arm rests on itself, so that its joint positions are known without any
    calibration.
    """
    away = np.abs(q - vx300s.SLEEP)
    outside = np.maximum(vx300s.JOINT_LOWER - q, q - vx300s.JOINT_UPPER)
    if away.max() < _ASLEEP_RAD:
        worst, off, where = int(away.argmax()), float(away.max()), 'from the sleep pose'
        limit = _SLEEP_TOLERANCE_RAD
    else:
        worst, off = int(outside.argmax()), max(float(outside.max()), 0.0)
        limit, where = _OUTSIDE_RAD, 'outside its limits'
    name = vx300s.JOINT_NAMES[worst]
    return Finding(
        'pose at the start',
        f'{name} {off:.2f} rad {where}',
        f'check the homing offset of {name}: put the arm into its sleep pose, and repeat the check'
        if off > limit
        else '',
    )
