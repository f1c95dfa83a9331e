# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Choose the position in which to hold an arm that is halted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import fingers, kinematics
from genvla_viperx.safety import rules
from genvla_viperx.safety.config import SafetyConfig

Array = NDArray[np.float64]


def place_to_hold(
    measured: Array, velocity: Array, way: Sequence[Array], config: SafetyConfig
) -> Array:
    """Return the joint positions to hold, shape (6,) [rad]; within limits if `measured` is.

    An arm within `rest_tolerance` of the path that it was sent holds the position that it has
    reached on that path; at rest, this is its goal. If it held the measured position instead, it
    would sag a little more at every stop. Any other arm holds where it can come to rest.

    Args:
        measured: Joint positions, shape (6,) [rad].
        velocity: Joint speeds from one pair of readings, which may be any number, shape (6,)
            [rad/s].
        way: Goals that the arm was sent, shapes (6,) [rad]; the last one is the current goal.
        config: The limits.
    """
    ahead = measured + _braking(velocity, config)
    if not way:
        return _unless_too_deep(ahead, measured, config)
    if not rules.joints_apart(_nearest(measured, way), measured, config.rest_tolerance):
        place = _nearest(ahead, way)
        if _lowest(place) >= config.finger_floor:
            return place
        return min(way, key=lambda goal: float(np.linalg.norm(goal - ahead)))
    to_goal = way[-1] - measured
    beyond = (to_goal * (ahead - measured) > 0) & (np.abs(ahead - measured) > np.abs(to_goal))
    return _unless_too_deep(np.where(beyond, way[-1], ahead), measured, config)


def _braking(velocity: Array, config: SafetyConfig) -> Array:
    """Return how far each joint continues while braking, shape (6,) [rad].

    A servo ramps its speed v down within t_acc, over the distance v t_acc / 2. If it were sent
    back to its measured position, it would reverse.
    """
    believed = np.clip(velocity, -config.max_joint_speed, config.max_joint_speed)
    braking: Array = believed * config.acceleration_time_s / 2
    return braking


def _unless_too_deep(place: Array, measured: Array, config: SafetyConfig) -> Array:
    """Return `place`, or `measured` if the descending fingers would brake into the table."""
    deepest = min(config.finger_floor, _lowest(measured))
    return place if _lowest(place) >= deepest else measured


def _lowest(q: Array) -> float:
    return fingers.lowest_point(kinematics.forward(q))


def _nearest(q: Array, way: Sequence[Array]) -> Array:
    """Return the point of a polyline that is nearest to q; of several, the latest."""
    nearest = way[-1]
    for start, end in zip(way[-2::-1], way[:0:-1], strict=True):
        along = end - start
        length = float(along @ along)
        share = 0.0 if length == 0 else min(max(float((q - start) @ along) / length, 0.0), 1.0)
        point = end if share == 1.0 else start + share * along
        if np.linalg.norm(q - point) < np.linalg.norm(q - nearest):
            nearest = point
    return nearest
