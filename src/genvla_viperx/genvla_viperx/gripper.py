# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Gripper opening (0 closed, 1 open) to finger offset and to the driver's command, and back."""

from __future__ import annotations

from genvla_viperx import vx300s

_TRAVEL = vx300s.FINGER_OPEN - vx300s.FINGER_CLOSED


def finger_from_opening(opening: float) -> float:
    """Returns one finger's distance from the centre line, in [0.021, 0.057] [m].

    Args:
        opening: 0 closed to 1 open; values outside are clipped.
    """
    return vx300s.FINGER_CLOSED + min(max(opening, 0.0), 1.0) * _TRAVEL


def opening_from_finger(finger_m: float) -> float:
    """Returns the opening of a measured finger offset [m]; slightly outside [0, 1] is possible."""
    return (finger_m - vx300s.FINGER_CLOSED) / _TRAVEL


def full_opening_m(opening: float) -> float:
    """Returns the distance between the fingers, in [0.042, 0.114] [m].

    This is what the driver takes as a command in its `linear_position` mode.
    """
    return 2 * finger_from_opening(opening)
