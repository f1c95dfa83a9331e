# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The safety rules as pure functions: which commands are allowed, and which measurements valid."""

from __future__ import annotations

from math import inf, isfinite, pi

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import vx300s

Array = NDArray[np.float64]

_FAILED_READ_TOLERANCE = 1e-3
CLOCK_STEP_S = 0.1
"""A clock that goes back by more than this was set [s]; below, threads only ran out of order."""

_STANDING_STILL = 1e-6
"""Joint speeds up to this are rounding errors of the inverse kinematics [rad/s]."""

_MEASUREMENT_NOISE = 0.05
"""Motion between two joint states that is always accepted [rad]: stamps jitter by some ms."""


# Commands


def is_finite(values: Array) -> bool:
    """Return whether no value is NaN or infinite."""
    return all(map(isfinite, values.tolist()))


def clip_step(action: Array, max_translation: float, max_rotation: float) -> tuple[Array, bool]:
    """Return the action with each component within its bound, and whether that changed it.

    Args:
        action: dx dy dz [m], droll dpitch dyaw [rad], gripper (unchanged), shape (7,), finite.
        max_translation: Bound of |dx|, |dy| and |dz| [m].
        max_rotation: Bound of |droll|, |dpitch| and |dyaw| [rad].
    """
    *values, gripper = action.tolist()
    bounds = (max_translation,) * 3 + (max_rotation,) * 3
    clipped = [min(max(value, -bound), bound) for value, bound in zip(values, bounds, strict=True)]
    if clipped == values:
        return action, False
    return np.array([*clipped, gripper]), True


def joints_outside_limits(q: Array, tolerance: float = 0.0) -> tuple[str, ...]:
    """Return the names of the joints that are outside their limits by more than a tolerance.

    Args:
        q: Joint positions, shape (6,) [rad].
        tolerance: Allowed excess [rad]: 0 for commands, more for measurements.
    """
    inside = (q >= vx300s.JOINT_LOWER - tolerance) & (q <= vx300s.JOINT_UPPER + tolerance)
    if inside.all():
        return ()
    return tuple(
        name for name, ok in zip(vx300s.JOINT_NAMES, inside.tolist(), strict=True) if not ok
    )


def inside_limits(q: Array) -> Array:
    """Return joint positions, shape (6,) [rad], clipped to the limits of commands.

    At rest in the sleep pose, the shoulder is measured slightly outside its limit.
    """
    inside: Array = np.minimum(np.maximum(q, vx300s.JOINT_LOWER), vx300s.JOINT_UPPER)
    return inside


def is_joint_jump(q_from: Array, q_to: Array, max_jump: float) -> bool:
    """Return whether a step changes any joint by more than max_jump [rad].

    Close to the wrist singularity, any inverse kinematics turns the forearm by up to pi within one
    step.
    """
    return _largest_step(q_from, q_to) > max_jump


def joint_step_scale(
    q_from: Array,
    q_to: Array,
    move_time_s: float,
    acceleration_time_s: float,
    max_speed: float,
    step_period_s: float = inf,
) -> float:
    """Return the share of a joint step, in (0, 1], that keeps its peak speed within max_speed.

    The servos ramp up, cruise and ramp down. Their peak speed is |dq| / (T - t_acc), well above
    the mean |dq| / T. Steps that follow each other faster than that must be even shorter.

    Args:
        q_from: Start of the step, shape (6,) [rad].
        q_to: Requested end of the step, shape (6,) [rad].
        move_time_s: T [s].
        acceleration_time_s: t_acc, below T [s].
        max_speed: Bound of the peak speed of every joint [rad/s].
        step_period_s: Time until the next step, above 0 [s].
    """
    duration_s = min(move_time_s - acceleration_time_s, step_period_s)
    peak_speed = _largest_step(q_from, q_to) / duration_s
    return 1.0 if peak_speed <= max_speed else max_speed / peak_speed


def lead_scale(q_from: Array, q_to: Array, measured: Array, max_lead: float) -> float:
    """Return the share of a joint step, in [0, 1], that ends within max_lead of the measured arm.

    Args:
        q_from: Start of the step, shape (6,) [rad].
        q_to: Requested end of the step, shape (6,) [rad].
        measured: Measured joint positions, shape (6,) [rad].
        max_lead: Bound of the distance of every joint [rad].
    """
    share = 1.0
    for start, end, here in zip(q_from.tolist(), q_to.tolist(), measured.tolist(), strict=True):
        if abs(end - here) > max_lead:
            room = max_lead - (start - here if end > start else here - start)
            share = min(share, room / abs(end - start) if end != start else 0.0)
    return max(share, 0.0)


def velocity_scale(wanted: Array, expected: Array, max_change: float) -> float:
    """Return the largest share of a velocity, in [0, 1], that does not change too much.

    Every joint stays within `max_change` of the expected velocity, or between that velocity and
    standstill: braking is always allowed.

    Args:
        wanted: Joint velocities, shape (6,) [rad/s].
        expected: Joint velocities without any change, shape (6,) [rad/s].
        max_change: Bound of the change of every joint, from 0 [rad/s]; infinite: not limited.
    """
    share = 1.0
    for speed, unchanged in zip(wanted.tolist(), expected.tolist(), strict=True):
        low = min(unchanged - max_change, 0.0) - _STANDING_STILL
        high = max(unchanged + max_change, 0.0) + _STANDING_STILL
        if not low <= speed <= high:
            share = min(share, (high if speed > high else low) / speed)
    return share


def joints_apart(q: Array, measured: Array, distance: float) -> tuple[str, ...]:
    """Return the names of the joints that are further apart than a distance [rad]."""
    return tuple(
        name
        for name, here, there in zip(
            vx300s.JOINT_NAMES, q.tolist(), measured.tolist(), strict=True
        )
        if not abs(here - there) <= distance
    )


def _largest_step(q_from: Array, q_to: Array) -> float:
    steps: list[float] = (q_to - q_from).tolist()
    return max(map(abs, steps))


# Measurements


def is_stale(last_s: float | None, now_s: float, timeout_s: float) -> bool:
    """Return whether the age of something last seen at last_s (None: never) exceeds a timeout [s].

    A time in the future is stale too: the clock was set back, and the real age is unknown.
    """
    return last_s is None or not -CLOCK_STEP_S <= now_s - last_s <= timeout_s


def is_failed_read(positions: Array) -> bool:
    """Return whether the driver made these joint positions up.

    After a failed read of the servo bus, the driver publishes -pi for every joint, or NaN,
    depending on its configuration.

    Args:
        positions: As published, shape (6,) [rad].
    """
    values = positions.tolist()
    return not all(map(isfinite, values)) or all(
        abs(value + pi) < _FAILED_READ_TOLERANCE for value in values
    )


def is_impossible_motion(
    previous: Array, positions: Array, elapsed_s: float, max_speed: float
) -> bool:
    """Return whether the arm cannot have moved like this between two measurements.

    Args:
        previous: Joint positions, shape (6,) [rad].
        positions: Joint positions elapsed_s later, shape (6,) [rad].
        elapsed_s: Time between them, by the driver's stamps, above 0 [s].
        max_speed: Highest plausible speed of a joint [rad/s]; `_MEASUREMENT_NOISE` is added.
    """
    return _largest_step(previous, positions) > max_speed * elapsed_s + _MEASUREMENT_NOISE


def overloaded_joints(effort_ma: Array, limit_ma: tuple[float, ...]) -> tuple[str, ...]:
    """Return the names of the joints whose motor current is above its limit, by magnitude [mA].

    A current of NaN is not above any limit.
    """
    return tuple(
        name
        for name, effort, limit in zip(
            vx300s.JOINT_NAMES, effort_ma.tolist(), limit_ma, strict=True
        )
        if abs(effort) > limit
    )
