# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The last goal that was sent, and whether the arm follows it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genvla_viperx import safety
from genvla_viperx.safety_config import SafetyConfig

Array = NDArray[np.float64]


class GoalTracker:
    """Compares where the arm was told to go with where it is measured."""

    def __init__(self, config: SafetyConfig) -> None:
        """Starts without a goal."""
        self._config = config
        self._goal: Array | None = None
        self._sent_s = -float('inf')
        self._behind_since_s: float | None = None

    @property
    def goal(self) -> Array | None:
        """What was last sent, shape (6,) [rad]; None: nothing since `forget`."""
        return self._goal

    def error(self, measured: Array) -> float | None:
        """Returns how far the worst joint is from the goal [rad]; None: there is none."""
        return None if self._goal is None else float(np.abs(self._goal - measured).max())

    def sent(self, q: Array, now_s: float) -> None:
        """Notes a goal, shape (6,) [rad]."""
        self._goal, self._sent_s = q, now_s

    def forget(self) -> None:
        """Starts anew, as if nothing had been sent."""
        self._goal, self._sent_s, self._behind_since_s = None, -float('inf'), None

    def is_resting(self, now_s: float) -> bool:
        """Returns whether the arm has had ample time to come to rest at its goal."""
        return now_s - self._sent_s > 2 * self._config.move_time_s

    def has_arrived(self, measured: Array) -> bool:
        """Returns whether the arm is at its goal, as closely as it ever rests there."""
        goal = self._goal
        return goal is None or not safety.joints_apart(goal, measured, self._config.rest_tolerance)

    def astray(self, measured: Array, now_s: float, *, has_to_arrive: bool) -> tuple[str, ...]:
        """Returns the joints that have not followed for too long; call it at every tick.

        Args:
            measured: Joint positions, shape (6,) [rad].
            now_s: The time [s].
            has_to_arrive: Whether the goal is a last one, or others follow.
        """
        config = self._config
        allowed = config.rest_tolerance if has_to_arrive else config.blocked_lead
        behind = () if self._goal is None else safety.joints_apart(self._goal, measured, allowed)
        if not behind:
            self._behind_since_s = None
            return ()
        if self._behind_since_s is None:
            self._behind_since_s = now_s
        lasted_s = now_s - self._behind_since_s
        return behind if lasted_s > config.move_time_s + config.tracking_duration_s else ()

    def excuse(self) -> None:
        """Lets an arm be elsewhere that is not being moved: a hand may have taken it there."""
        self._behind_since_s = None
