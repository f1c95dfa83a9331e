# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The motion to a named pose: a smooth motion of all joints, sent tick by tick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import fingers, kinematics
from genvla_viperx.arm.obstacles import Obstacles
from genvla_viperx.arm.states import ArmState

Array = NDArray[np.float64]

_HEIGHT_MARGIN = 1e-3
"""A motion that starts at the floor may sink by this much [m]."""

_DEPTH_MARGIN = 5e-3
"""A motion may be deeper in an obstacle than `PoseMove.objection` states by this much [m]."""

_TICKS_PER_ADVANCE = 2

_PEAK_OVER_MEAN_SPEED = 1.875
"""Ratio for the minimum-jerk profile 10 s^3 - 15 s^4 + 6 s^5, reached half way."""


@dataclass(frozen=True, eq=False)
class JointMotion:
    """A straight line in joint space with the minimum-jerk profile.

    Attributes:
        start: Joint positions, shape (6,) [rad].
        goal: Joint positions, shape (6,) [rad].
        duration_s: Duration of the motion, above 0 [s].

    Source: Flash and Hogan, "The coordination of arm movements", 1985.
    """

    start: Array
    goal: Array
    duration_s: float

    @classmethod
    def within_speed(
        cls, start: Array, goal: Array, *, max_speed: float, min_duration_s: float
    ) -> JointMotion:
        """Return the fastest motion whose peak joint speed is at most max_speed [rad/s]."""
        quickest_s = _PEAK_OVER_MEAN_SPEED * float(np.abs(goal - start).max()) / max_speed
        return cls(start, goal, max(quickest_s, min_duration_s))

    def at(self, elapsed_s: float) -> Array:
        """Return the joint positions at a time after the start, shape (6,) [rad].

        Before the motion they are `start`, and after its end `goal`.
        """
        s = min(max(elapsed_s / self.duration_s, 0.0), 1.0)
        return self.start + s**3 * (10 - 15 * s + 6 * s**2) * (self.goal - self.start)

    def tool_height(self, elapsed_s: float) -> float:
        """Return z of the tool at a time after the start [m]."""
        return float(kinematics.forward(self.at(elapsed_s))[2, 3])

    def lowest_tool_height(self) -> float:
        """Return the lowest z of the tool during the motion, sampled as in `waypoints` [m]."""
        return min(float(kinematics.forward(q)[2, 3]) for q in self.waypoints())

    def waypoints(self) -> Array:
        """Return the joint positions at 33 times from start to end, shape (33, 6) [rad]."""
        times_s = np.linspace(0.0, self.duration_s, 33)
        return np.array([self.at(time_s) for time_s in times_s.tolist()])


class PoseMove:
    """The progress of an arm along a motion.

    The motion advances by the time between two ticks, or by a share of it, but never by more than
    two ticks: a clock that jumps, or a process that stalls, must not make the arm jump.

    Attributes:
        name: Name of the pose: home, sleep.
        ends_in: State to enter on arrival.
    """

    def __init__(self, motion: JointMotion, *, name: str, ends_in: ArmState, now_s: float) -> None:
        """Start at the beginning of a motion."""
        self.name = name
        self.ends_in = ends_in
        self._motion = motion
        self._elapsed_s = 0.0
        self._last_s = now_s

    @property
    def duration_s(self) -> float:
        """Duration of the motion at full speed, without delays [s]."""
        return self._motion.duration_s

    @property
    def is_over(self) -> bool:
        """Whether the last goal was sent; the arm may still lag behind."""
        return self._elapsed_s >= self._motion.duration_s

    def objection(
        self,
        floor: float,
        finger_floor: float,
        obstacles: Obstacles,
        *,
        may_end_inside: bool = False,
        carries: bool = False,
    ) -> str:
        """Return why the motion must not start, or an empty string.

        The start of the motion is always allowed, because the arm may have to leave it.

        Args:
            floor: Height that the tool stays above, unless it starts or ends below it [m].
            finger_floor: Height that no point of the fingers goes below, unless they start below
                it [m].
            obstacles: What the arm must not enter; no part may be deeper in an obstacle than at
                the start.
            may_end_inside: Whether a part may also be as deep as at the end. Only the sleep pose
                is inside: folded, and with the elbow on the table.
            carries: Whether there is something between the fingers.
        """
        lowest = self._motion.lowest_tool_height()
        ends = self._motion.tool_height(0.0), self._motion.tool_height(self.duration_s)
        if lowest < min(floor, *ends) - _HEIGHT_MARGIN:
            return (
                f'the direct path to {self.name} takes the tool down to z = {lowest:.3f} m, '
                f'below the workspace floor at {floor:.3f} m; raise the arm first'
            )
        waypoints = self._motion.waypoints()
        heights = [fingers.lowest_point(kinematics.forward(q)) for q in waypoints]
        if min(heights) < min(finger_floor, heights[0]) - _HEIGHT_MARGIN:
            return (
                f'the direct path to {self.name} takes the fingers down to z = '
                f'{min(heights):.3f} m, into the table; raise the arm first, or check table_height'
            )
        trespassed = obstacles.trespassed(
            self._motion.start,
            self._motion.goal,
            carries=carries,
            may_end_inside=may_end_inside,
            margin=_DEPTH_MARGIN,
        )
        if trespassed:
            return (
                f'the direct path to {self.name} takes {trespassed}; move the arm to where the '
                'path is free first, or check table_height and keep_out_boxes'
            )
        return ''

    def goal(
        self, now_s: float, control_period_s: float, speed_scale: float = 1.0
    ) -> tuple[Array, float]:
        """Return the goal to send now, shape (6,) [rad], and its time along the motion [s].

        Args:
            now_s: The time [s].
            control_period_s: Time between two ticks [s].
            speed_scale: How fast the motion's time passes, 0 to 1.
        """
        passed_s = min(max(now_s - self._last_s, 0.0), _TICKS_PER_ADVANCE * control_period_s)
        elapsed_s = self._elapsed_s + speed_scale * passed_s
        return self._motion.at(elapsed_s), elapsed_s

    def advance(self, elapsed_s: float, now_s: float) -> None:
        """Record that a goal was sent; until then, the motion waits."""
        self._elapsed_s, self._last_s = elapsed_s, now_s
