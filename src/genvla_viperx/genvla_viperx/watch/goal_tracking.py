# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Track the last goal that was sent, and whether the arm follows it."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import vx300s
from genvla_viperx.safety import rules
from genvla_viperx.safety.config import SafetyConfig

Array = NDArray[np.float64]


class _Sent(NamedTuple):
    time_s: float
    q: Array
    speed_scale: float


class GoalTracker:
    """Compares the commanded goal with the measured position."""

    def __init__(self, config: SafetyConfig) -> None:
        """Start without a goal."""
        self._config = config
        self._goal: Array | None = None
        self._sent_s = -inf
        self._recent: list[_Sent] = []
        self._behind_since_s: float | None = None
        self._was_at_rest = False

    @property
    def goal(self) -> Array | None:
        """The last goal sent, shape (6,) [rad]; None: nothing yet."""
        return self._goal

    def error(self, measured: Array) -> tuple[str, float] | None:
        """Return the joint furthest from the goal, and how far it is [rad]; None: no goal."""
        if self._goal is None:
            return None
        apart = np.abs(self._goal - measured)
        worst = int(apart.argmax())
        return vx300s.JOINT_NAMES[worst], float(apart[worst])

    def sent(self, q: Array, now_s: float, speed_scale: float = 1.0) -> None:
        """Record a goal.

        Args:
            q: Joint positions, shape (6,) [rad].
            now_s: The time [s].
            speed_scale: Share of the joint speed limit that the goal was planned for, 0 to 1.
        """
        self._recent = [*self._under_way(now_s), _Sent(now_s, q, speed_scale)]
        self._goal, self._sent_s = q, now_s
        self._was_at_rest = False

    def forget(self) -> None:
        """Clear the goal: the arm was moved and must not return to it."""
        self._goal, self._sent_s, self._recent = None, -inf, []
        self._behind_since_s, self._was_at_rest = None, False

    def clock_was_set(self, now_s: float) -> None:
        """Keep the goal, but forget when it was sent."""
        self._recent = [sent._replace(time_s=now_s) for sent in self._recent]
        self._sent_s, self._behind_since_s = -inf, None

    def way(self, now_s: float) -> list[Array]:
        """Return the goals that an arm that follows must be between; at rest, a single goal."""
        return [sent.q for sent in self._under_way(now_s)]

    def speed_scale(self, now_s: float) -> float:
        """Return the largest speed scale of the goals that the arm may be moving to; 0: no goal.

        After the scale was lowered, an arm that follows may lag as much as at the previous scale.
        """
        return max((sent.speed_scale for sent in self._under_way(now_s)), default=0.0)

    def _under_way(self, now_s: float) -> list[_Sent]:
        ample_s = 2 * self._config.move_time_s
        begun = [index for index, sent in enumerate(self._recent) if now_s - sent.time_s > ample_s]
        return self._recent[begun[-1] if begun else 0 :]

    def age_s(self, now_s: float) -> float:
        """Return the time since the goal was sent [s]; infinite without a goal."""
        return now_s - self._sent_s

    def is_resting(self, now_s: float) -> bool:
        """Return whether the arm has had ample time to come to rest at its goal."""
        return self.age_s(now_s) > 2 * self._config.move_time_s

    def has_arrived(self, measured: Array) -> bool:
        """Return whether the arm is as close to its goal as a resting arm must be."""
        goal = self._goal
        return goal is None or not rules.joints_apart(goal, measured, self._config.rest_tolerance)

    def astray(self, measured: Array, now_s: float, *, has_to_arrive: bool) -> tuple[str, ...]:
        """Return the joints that have not followed for too long; call it at every tick.

        Args:
            measured: Joint positions, shape (6,) [rad].
            now_s: The time [s].
            has_to_arrive: Whether the goal is the last one, without others to follow.
        """
        config = self._config
        lead = config.blocked_lead(self.speed_scale(now_s))
        allowed = config.rest_tolerance if has_to_arrive else lead
        behind = () if self._goal is None else rules.joints_apart(self._goal, measured, allowed)
        if not behind:
            self._behind_since_s = None
            return ()
        if self._behind_since_s is None:
            self._behind_since_s = now_s
        lasted_s = now_s - self._behind_since_s
        return behind if lasted_s > config.move_time_s + config.tracking_duration_s else ()

    def has_left(self, measured: Array) -> tuple[str, ...]:
        """Return the joints that have left the goal at which they were at rest.

        Call it at every tick after the arm has had time to come to rest. A joint that never rested
        at its goal has not left it.

        Args:
            measured: Joint positions, shape (6,) [rad].
        """
        if self._goal is None:
            return ()
        away = rules.joints_apart(self._goal, measured, self._config.rest_tolerance)
        if not away:
            self._was_at_rest = True
        return away if self._was_at_rest else ()

    def excuse(self, *, is_free: bool) -> None:
        """Allow an arm that is not being moved to be away from its goal.

        Args:
            is_free: Whether a person may also move it away from its goal.
        """
        self._behind_since_s = None
        if is_free:
            self._was_at_rest = False
