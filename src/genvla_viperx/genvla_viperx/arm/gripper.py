# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Convert the gripper opening (0 closed, 1 open) to finger offset and driver command, and back.

The motor turns a horn of radius r, which pushes each finger through a rod of length l. At motor
angle a, a finger is r sin a + sqrt(l^2 - (r cos a)^2) from the centre line.

Source: Interbotix interbotix_xs_driver, swing-arm grippers; numbers from config/vx300s.yaml.
"""

from __future__ import annotations

from enum import StrEnum
import math

from genvla_viperx.arm import vx300s

_HORN_RADIUS = 0.022
_ROD_LENGTH = 0.036

NEAREST, FARTHEST = _ROD_LENGTH - _HORN_RADIUS, _ROD_LENGTH + _HORN_RADIUS
"""Finger distances at which horn and rod are in line [m]; the fingers' own stops are between
them."""

_ROUNDING_M = 1e-9
_TRAVEL = vx300s.FINGER_OPEN - vx300s.FINGER_CLOSED


class GripperMode(StrEnum):
    """Operating mode of the gripper's motor in the driver.

    Attributes:
        LINEAR_POSITION: Commands are the distance between the fingers [m]. The motor uses full
            force: if it cannot reach its goal, it switches itself off after some seconds
            (overload).
        CURRENT_BASED_POSITION: Commands are angles of the motor [rad]; its current is limited.
    """

    LINEAR_POSITION = 'linear_position'
    CURRENT_BASED_POSITION = 'current_based_position'


def finger_from_opening(opening: float) -> float:
    """Return one finger's distance from the centre line, in [0.021, 0.057] [m].

    Args:
        opening: 0 closed to 1 open; values outside are clipped.
    """
    return vx300s.FINGER_CLOSED + min(max(opening, 0.0), 1.0) * _TRAVEL


def opening_from_finger(finger_m: float) -> float:
    """Return the opening for a measured finger offset [m]; it may lie slightly outside [0, 1]."""
    return (finger_m - vx300s.FINGER_CLOSED) / _TRAVEL


def full_opening_m(opening: float) -> float:
    """Return the distance between the fingers, in [0.042, 0.114] [m].

    This is the driver's command in its `linear_position` mode.
    """
    return 2 * finger_from_opening(opening)


def finger_from_angle(angle: float) -> float:
    """Return one finger's distance from the centre line [m] at a motor angle [rad]."""
    across = _HORN_RADIUS * math.cos(angle)
    return _HORN_RADIUS * math.sin(angle) + math.sqrt(_ROD_LENGTH**2 - across**2)


def finger_per_radian(angle: float) -> float:
    """Return the derivative of a finger's distance by the motor's angle, at an angle [m/rad]."""
    across = _HORN_RADIUS * math.cos(angle)
    return across + across * _HORN_RADIUS * math.sin(angle) / math.sqrt(_ROD_LENGTH**2 - across**2)


def angle_from_finger(finger_m: float) -> float:
    """Return the motor's angle [rad] for a finger's distance from the centre line [m].

    The angle is -0.413 with closed fingers and 1.332 with open ones.

    Raises:
        ValueError: The linkage cannot reach that distance.
    """
    if not NEAREST - _ROUNDING_M <= finger_m <= FARTHEST + _ROUNDING_M:
        raise ValueError(
            f'the linkage cannot move a finger to {finger_m} m, expected {NEAREST:.3f} to '
            f'{FARTHEST:.3f} m'
        )
    # Law of cosines, in the triangle of horn, rod and centre line.
    sine = (finger_m**2 + _HORN_RADIUS**2 - _ROD_LENGTH**2) / (2 * _HORN_RADIUS * finger_m)
    return math.asin(min(max(sine, -1.0), 1.0))


def command(width_m: float, mode: GripperMode) -> float:
    """Return the driver's command for a distance between the fingers [m], in the mode's unit."""
    if mode is GripperMode.LINEAR_POSITION:
        return width_m
    return angle_from_finger(width_m / 2)
