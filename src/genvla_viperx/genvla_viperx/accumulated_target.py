# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The target that a policy's deltas accumulate on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genvla_viperx import vx300s
from genvla_viperx.refusal import Interventions, Refusal
from genvla_viperx.safety_config import SafetyConfig
from genvla_viperx.step_planner import StepBounds, Target, plan_step
from genvla_viperx.workspace import Workspace

Array = NDArray[np.float64]


class AccumulatedTarget:
    """Where the last executed action has led, and from where the workspace is judged."""

    def __init__(self, config: SafetyConfig) -> None:
        """Starts without a target: the first step begins at the measured pose."""
        self._config = config
        self._target: Target | None = None
        self._workspace: Workspace | None = None

    def forget(self) -> None:
        """Starts anew from the measured pose."""
        self._target = self._workspace = None

    def start(self, measured: Array) -> Target:
        """Returns where the next motion starts: at the last target, if there is one.

        Args:
            measured: Joint positions, shape (6,) [rad].
        """
        return Target.at(inside_limits(measured)) if self._target is None else self._target

    def next(
        self,
        action: Array,
        *,
        measured: Array,
        step_period_s: float,
        interventions: Interventions,
        speed_scale: float = 1.0,
    ) -> Target | Refusal:
        """Returns where an action leads, or why it is refused; see `plan_step`.

        Args:
            action: Shape (7,).
            measured: Joint positions, shape (6,) [rad].
            step_period_s: When the next action follows [s].
            interventions: Is added to.
            speed_scale: Share of its way that the step goes, above 0 and at most 1.
        """
        start = self.start(measured)
        if self._workspace is None:
            self._workspace = Workspace.of(self._config).reaching(start.pose)
        bounds = StepBounds(self._config, self._workspace, measured, step_period_s, speed_scale)
        outcome = plan_step(start, action, bounds, interventions)
        if isinstance(outcome, Refusal):
            # The next action starts from the measured pose: a target that ran ahead of what the
            # arm can reach would have to be walked back first.
            self._target = None
        return outcome

    def reached(self, target: Target) -> None:
        """Notes that a target was sent; a tool that is back in the workspace stays in it."""
        assert self._workspace is not None
        self._target = target
        inside = self._workspace.clamped(target.pose)
        self._workspace = Workspace.of(self._config).reaching(inside)


def inside_limits(q: Array) -> Array:
    """At rest in the sleep pose the shoulder is measured slightly outside its limit."""
    inside: Array = np.minimum(np.maximum(q, vx300s.JOINT_LOWER), vx300s.JOINT_UPPER)
    return inside
