# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The target on which a policy's deltas accumulate."""

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
    """The target of the last command, and the workspace of the next one.

    The workspace is set once, from the arm's position before the first step, and can only shrink.
    Repeated stops, holds or releases of the dead-man switch do not widen it.
    """

    def __init__(self, config: SafetyConfig) -> None:
        """Start without a target: the first step starts at the measured pose."""
        self._config = config
        self._target: Target | None = None
        self._workspace: Workspace | None = None
        self._motion = AT_REST
        self._last_step: tuple[Array, float] | None = None

    def forget(self) -> None:
        """Restart from the measured pose with a new workspace: the arm was moved by hand."""
        self.let_go()
        self._workspace = None

    def let_go(self) -> None:
        """Continue from the measured pose, in the current workspace."""
        self._target = None
        self.rest()

    def rest(self) -> None:
        """Record that the target has stood still: the next step starts without speed."""
        self._motion, self._last_step = AT_REST, None

    def leave_workspace(self) -> None:
        """Set the workspace again at the next step's start: home and sleep may be outside it."""
        self._workspace = None

    def start(self, measured: Array) -> Target:
        """Return the start of the next motion: the last target, or the measured pose without one.

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
        """Return the target that an action leads to, or why it is refused; see `plan_step`.

        Args:
            action: Shape (7,).
            measured: Joint positions, shape (6,) [rad].
            step_period_s: Time until the next action [s].
            interventions: Counts of the rules; updated.
            speed_scale: Share of the step that is executed, above 0 and at most 1.
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
        """Return the motion after the last step, which ended at q.

        If that step was not sent, q is still its start.
        """
        if self._last_step is None:
            return self._motion
        begun, period_s = self._last_step
        return self._motion.after(q - begun, period_s)

    def sent(self, target: Target) -> None:
        """Record the sent target; once the tool is back in the workspace, it must stay there."""
        self._target = target
        if self._workspace is not None:
            inside = self._workspace.clamped(target.pose)
            self._workspace = Workspace.of(self._config).reaching(inside)
