# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The swing arm between the gripper's motor and its fingers.

A horn of radius r on the motor pushes each finger through a rod of length l. At motor angle a the
finger is r sin a + sqrt(l^2 - (r cos a)^2) from the centre line; more angle is more open.

Source: Interbotix interbotix_xs_driver, swing-arm grippers, with the numbers of vx300s.yaml.
"""

from __future__ import annotations

import math

HORN_RADIUS = 0.022
"""[m]"""
ROD_LENGTH = 0.036
"""[m]"""

NEAREST, FARTHEST = ROD_LENGTH - HORN_RADIUS, ROD_LENGTH + HORN_RADIUS
"""Finger offsets where horn and rod are in line [m]; the fingers' own stops lie inside."""


def finger_from_angle(angle: float) -> float:
    """Returns the finger's distance from the centre line [m] at a motor angle [rad]."""
    across = HORN_RADIUS * math.cos(angle)
    return HORN_RADIUS * math.sin(angle) + math.sqrt(ROD_LENGTH**2 - across**2)


def finger_per_radian(angle: float) -> float:
    """Returns how far a finger moves per angle of the motor, at an angle of it [m/rad]."""
    across = HORN_RADIUS * math.cos(angle)
    return across + across * HORN_RADIUS * math.sin(angle) / math.sqrt(ROD_LENGTH**2 - across**2)


def angle_from_finger(finger_m: float) -> float:
    """Returns the motor angle [rad], in [-pi/2, pi/2], of a finger's distance [m].

    Raises:
        ValueError: if the linkage cannot reach that distance.
    """
    if not NEAREST - 1e-9 <= finger_m <= FARTHEST + 1e-9:
        raise ValueError(
            f'a finger at {finger_m} m is beyond the linkage; '
            f'expected {NEAREST:.3f} to {FARTHEST:.3f} m'
        )
    # Law of cosines in the triangle of horn, rod and centre line, solved for the horn's angle.
    sine = (finger_m**2 + HORN_RADIUS**2 - ROD_LENGTH**2) / (2 * HORN_RADIUS * finger_m)
    return math.asin(min(max(sine, -1.0), 1.0))
