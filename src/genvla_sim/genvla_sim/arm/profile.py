# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The position profile that a Dynamixel servo follows to a new goal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
import math


@dataclass(frozen=True)
class ServoProfile:
    """Trapezoid of speed that ends at `goal`, at rest, exactly `duration_s` after `start_s`.

    The speed ramps from `start_velocity` to its plateau v within the ramp time a, and finally to
    zero within another a. To cover dq = goal - start in T seconds, the plateau is

        v = (dq - start_velocity a / 2) / (T - a).

    Units are those of the position, radians for a servo. A new goal during a motion starts from
    the current velocity, so position and velocity stay continuous ("velocity override").

    Source: ROBOTIS e-Manual, XM430-W350, Profile Velocity (112) and Drive Mode (10).
    """

    start: float
    goal: float
    start_s: float
    duration_s: float
    """Total travel time; 0 is a step."""
    ramp_s: float = 0.0
    """Time to accelerate, and again to brake; limited to half of the travel time."""
    start_velocity: float = 0.0
    """Ignored without a ramp, because the speed then jumps to the plateau."""

    @cached_property
    def end_s(self) -> float:
        """Time at which the goal is reached."""
        return self.start_s + self.duration_s

    @cached_property
    def plateau_velocity(self) -> float:
        """Velocity between the ramps, signed; 0 for a step."""
        if self.duration_s <= 0.0:
            return 0.0
        distance = self.goal - self.start
        return (distance - self.start_velocity * self._ramp_s / 2) / (
            self.duration_s - self._ramp_s
        )

    @cached_property
    def _ramp_s(self) -> float:
        return min(self.ramp_s, self.duration_s / 2)

    def position(self, time_s: float) -> float:
        """Return the reference position; `start` before the profile and `goal` after it."""
        elapsed_s, left_s = time_s - self.start_s, self.end_s - time_s
        if left_s <= 0.0:
            return self.goal
        if elapsed_s <= 0.0:
            return self.start
        ramp_s, plateau, initial = self._ramp_s, self.plateau_velocity, self.start_velocity
        if elapsed_s < ramp_s:
            acceleration = (plateau - initial) / ramp_s
            return self.start + initial * elapsed_s + acceleration * elapsed_s**2 / 2
        if left_s < ramp_s:
            return self.goal - plateau / ramp_s * left_s**2 / 2
        return self.goal - plateau * (left_s - ramp_s / 2)

    def velocity(self, time_s: float) -> float:
        """Return the reference velocity; 0 before and after the profile."""
        elapsed_s, left_s = time_s - self.start_s, self.end_s - time_s
        if left_s <= 0.0 or elapsed_s < 0.0:
            return 0.0
        ramp_s, plateau, initial = self._ramp_s, self.plateau_velocity, self.start_velocity
        if elapsed_s < ramp_s:
            return initial + (plateau - initial) * elapsed_s / ramp_s
        if left_s < ramp_s:
            return plateau * left_s / ramp_s
        return plateau


def travel_time(distance: float, speed: float, acceleration: float) -> tuple[float, float]:
    """Return (duration_s, ramp_s) of a profile defined by speed instead of by time.

    Args:
        distance: Distance to travel, of either sign [rad].
        speed: Speed of the plateau [rad/s]; 0 means no limit.
        acceleration: Acceleration of the ramps [rad/s^2]; 0 means no limit.
    """
    length = abs(distance)
    if speed <= 0.0 or length == 0.0:
        return 0.0, 0.0
    if acceleration <= 0.0:
        return length / speed, 0.0
    if length < speed**2 / acceleration:  # brakes before it reaches the plateau
        ramp_s = math.sqrt(length / acceleration)
        return 2 * ramp_s, ramp_s
    return length / speed + speed / acceleration, speed / acceleration
