# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The target that a policy's deltas accumulate on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.safety import rules
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Interventions, Refusal
from genvla_viperx.safety.step_planner import AT_REST, Motion, StepBounds, Target, plan_step
from genvla_viperx.safety.workspace import Workspace

Array = NDArray[np.float64]


class AccumulatedTarget:
    """Where the last command has led, and the workspace that the next one stays in.

    The workspace is taken once, where the arm was before the first step, and can but shrink: a
    stop, a hold or a release of the dead-man switch, again and again, widens nothing.
    """

    def __init__(self, config: SafetyConfig) -> None:
        """Starts without a target: the first step begins at the measured pose."""
        self._config = config
        self._target: Target | None = None
        self._workspace: Workspace | None = None
        self._motion = AT_REST
        self._last_step: tuple[Array, float] | None = None

    def forget(self) -> None:
        """Starts anew from the measured pose, wherever that is: somebody has moved the arm."""
        self.let_go()
        self._workspace = None

    def let_go(self) -> None:
        """Goes on from the measured pose, in the workspace that there is."""
        self._target = None
        self.rest()

    def rest(self) -> None:
        """Note that the target has stood still: the next step starts with no speed."""
        self._motion, self._last_step = AT_REST, None

    def leave_workspace(self) -> None:
        """Takes the workspace anew where the next step starts: home and sleep may be outside."""
        self._workspace = None

    def start(self, measured: Array) -> Target:
        """Returns where the next motion starts: at the last target, if there is one.

        Args:
            measured: Joint positions, shape (6,) [rad].
        """
        return Target.at(rules.inside_limits(measured)) if self._target is None else self._target

    def next(
        self,
        action: Array,
        *,
        measured: Array,
        step_period_s: float,
        interventions: Interventions,
        speed_scale: float = 1.0,
        carries: bool = False,
    ) -> Target | Refusal:
        """Returns where an action leads, or why it is refused; see `plan_step`.

        Args:
            action: Shape (7,).
            measured: Joint positions, shape (6,) [rad].
            step_period_s: When the next action follows [s].
            interventions: Is added to.
            speed_scale: Share of its way that the step goes, above 0 and at most 1.
            carries: Whether there is something between the fingers.
        """
        start = self.start(measured)
        motion = self._motion_at(start.q)
        if self._workspace is None:
            self._workspace = Workspace.of(self._config).reaching(start.pose)
        bounds = StepBounds(
            self._config, self._workspace, measured, step_period_s, speed_scale, motion, carries
        )
        outcome = plan_step(start, action, bounds, interventions)
        if isinstance(outcome, Refusal):
            self.rest()
        else:
            self._motion, self._last_step = motion, (start.q, step_period_s)
        return outcome

    def _motion_at(self, q: Array) -> Motion:
        """Return the motion after the last step, which has led to q, or to nothing."""
        if self._last_step is None:
            return self._motion
        begun, period_s = self._last_step
        return self._motion.after(q - begun, period_s)

    def sent(self, target: Target) -> None:
        """Notes what was sent; a tool that is back in the workspace stays in it."""
        self._target = target
        if self._workspace is not None:
            inside = self._workspace.clamped(target.pose)
            self._workspace = Workspace.of(self._config).reaching(inside)
