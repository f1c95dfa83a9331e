# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A smooth motion of all joints from rest to rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import kinematics

Array = NDArray[np.float64]

_PEAK_OVER_MEAN_SPEED = 1.875
"""Of the minimum-jerk profile 10 s^3 - 15 s^4 + 6 s^5, reached half way."""


@dataclass(frozen=True, eq=False)
class JointMotion:
    """A straight line in joint space with the minimum-jerk profile.

    Attributes:
        start: Joint positions, shape (6,) [rad].
        goal: Joint positions, shape (6,) [rad].
        duration_s: How long it takes, above 0 [s].

    Source: Flash and Hogan, "The coordination of arm movements", 1985.
    """

    start: Array
    goal: Array
    duration_s: float

    @classmethod
    def within_speed(
        cls, start: Array, goal: Array, *, max_speed: float, min_duration_s: float
    ) -> JointMotion:
        """Returns the quickest motion whose peak joint speed is at most max_speed [rad/s]."""
        quickest_s = _PEAK_OVER_MEAN_SPEED * float(np.abs(goal - start).max()) / max_speed
        return cls(start, goal, max(quickest_s, min_duration_s))

    def at(self, elapsed_s: float) -> Array:
        """Returns the joint positions this long after its begin, shape (6,) [rad].

        Before it they are `start`, and from its end on `goal`.
        """
        s = min(max(elapsed_s / self.duration_s, 0.0), 1.0)
        return self.start + s**3 * (10 - 15 * s + 6 * s**2) * (self.goal - self.start)

    def tool_height(self, elapsed_s: float) -> float:
        """Returns z of the tool this long after its begin [m]."""
        return float(kinematics.forward(self.at(elapsed_s))[2, 3])

    def lowest_tool_height(self) -> float:
        """Returns the lowest z of the tool on the way, sampled as `waypoints` [m]."""
        return min(float(kinematics.forward(q)[2, 3]) for q in self.waypoints())

    def waypoints(self) -> Array:
        """Returns the joint positions at 33 times from begin to end, shape (33, 6) [rad]."""
        times_s = np.linspace(0.0, self.duration_s, 33)
        return np.array([self.at(time_s) for time_s in times_s.tolist()])
