# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The only output: turn steps, waypoints and holds into commands that may be sent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import GRIPPER
from genvla_viperx.arm import gripper
from genvla_viperx.arm.end_effector_delta import delta_between
from genvla_viperx.arm.states import ArmCommand
from genvla_viperx.control.accumulated_target import AccumulatedTarget
from genvla_viperx.control.config import ControllerConfig
from genvla_viperx.control.halt import place_to_hold
from genvla_viperx.control.moves import PoseMove
from genvla_viperx.safety import command_gate, rules
from genvla_viperx.safety.refusal import Interventions, Refusal
from genvla_viperx.safety.step_planner import Target
from genvla_viperx.watch.goal_tracking import GoalTracker
from genvla_viperx.watch.joint_states import JointSample

Array = NDArray[np.float64]

_MISSED_PERIODS = 1.5
"""If two steps are further apart than this, there is a slot without a step between them."""

_HELD_APART_M = 0.008
"""Fingers that are further apart than commanded hold something, or are still closing."""


@dataclass(frozen=True, eq=False)
class StepOutcome:
    """The outcome of one action.

    Attributes:
        command: The command to send; None: none.
        delta: The action as it is commanded, shape (7,): no motion if it was refused, NaN if the
            gripper is unchanged.
        refused: Whether the motion was refused.
    """

    command: ArmCommand | None
    delta: Array
    refused: bool


class ArmOutput:
    """Makes every command, starting from the last target, and passes each one through the gate.

    Attributes:
        target: The target of the commands so far.
        speed_scale: Factor of each step and of a move's speed, 0 to 1.
        was_interrupted: Whether a motion was cut short since the last step or move.
        last_refusal: Why the last refused command was not sent; a new object each time.
    """

    def __init__(
        self, config: ControllerConfig, goal: GoalTracker, interventions: Interventions
    ) -> None:
        """Start without a target.

        Args:
            config: Configuration of the controller.
            goal: Records the sent goals.
            interventions: Counts the commands that rules change or refuse.
        """
        self._config = config
        self._goal = goal
        self._interventions = interventions
        self.target = AccumulatedTarget(config.safety)
        self.speed_scale = 1.0
        self.was_interrupted = False
        self.last_refusal: Refusal | None = None
        self._width_m: float | None = None

    def carries(self, sample: JointSample) -> bool:
        """Return whether something keeps the fingers from closing as far as commanded."""
        if self._width_m is None or sample.finger_m is None:
            return False
        return 2 * sample.finger_m - self._width_m > _HELD_APART_M

    def hold(self, sample: JointSample, velocity: Array, now_s: float) -> ArmCommand | None:
        """Return the command that halts the arm, or None if none may be sent now.

        Args:
            sample: The last joint state; must be fresh.
            velocity: Joint speeds, shape (6,) [rad/s].
            now_s: The time [s].
        """
        here = rules.inside_limits(sample.q)
        place = place_to_hold(here, velocity, self._goal.way(now_s), self._config.safety)
        for q in (rules.inside_limits(place), here):
            # The speed scale does not apply to halting the arm.
            command = self._through_gate(ArmCommand(q), sample, now_s, speed_scale=1.0)
            if command is not None:
                return command
        return None

    def follow(self, move: PoseMove, sample: JointSample, now_s: float) -> ArmCommand | None:
        """Return the command to the next goal of a move; the move waits if none may be sent."""
        if self.speed_scale == 0.0:
            return None
        config, period_s = self._config, 1.0 / self._config.control_rate_hz
        q, elapsed_s = move.goal(now_s, period_s, self.speed_scale)
        share = self.speed_scale * config.move_speed / config.safety.max_joint_speed
        command = self._through_gate(ArmCommand(q), sample, now_s, share)
        if command is not None:
            move.advance(elapsed_s, now_s)
        return command

    def step(
        self, action: Array, period_s: float, sample: JointSample, now_s: float
    ) -> StepOutcome:
        """Return the outcome of an action; when a step is refused, its gripper command still runs.

        Args:
            action: Shape (7,).
            period_s: Time until the next action [s].
            sample: The last joint state; must be fresh.
            now_s: The time [s].
        """
        still = np.array([0.0] * GRIPPER + [np.nan])
        if self.speed_scale == 0.0:
            return StepOutcome(None, still, refused=True)
        self.resynchronise(sample, now_s)
        if self._goal.age_s(now_s) > _MISSED_PERIODS * period_s:
            self.target.rest()
        start = self.target.start(sample.q)
        outcome = self.target.next(
            action,
            measured=sample.q,
            step_period_s=period_s,
            speed_scale=self.speed_scale,
            carries=self.carries(sample),
            interventions=self._interventions,
        )
        opening = float(action[GRIPPER])
        width_m = None if np.isnan(opening) else gripper.full_opening_m(opening)
        if isinstance(outcome, Refusal):
            self.last_refusal = outcome
            if width_m is None:
                return StepOutcome(None, still, refused=True)
            command = self._through_gate(
                ArmCommand(start.q, width_m), sample, now_s, self.speed_scale
            )
            if command is not None:
                still[GRIPPER] = opening
            return StepOutcome(command, still, refused=True)
        command = self._through_gate(
            ArmCommand(outcome.q, width_m), sample, now_s, self.speed_scale
        )
        if command is None:
            return StepOutcome(None, still, refused=True)
        self.target.sent(outcome)
        delta = delta_between(start.pose, outcome.pose, opening)
        return StepOutcome(command, delta, refused=False)

    def resynchronise(self, sample: JointSample, now_s: float) -> None:
        """Let an arm that is not at its goal continue from its measured position.

        If it rests there, somebody has moved it. If it was interrupted in motion, it may still be
        moving: then the workspace does not change.
        """
        if not self._goal.has_arrived(sample.q):
            if self._goal.is_resting(now_s):
                self.target.forget()
            elif self.was_interrupted:
                self.target.let_go()
        if self.was_interrupted:
            self.target.rest()
        self.was_interrupted = False

    def _through_gate(
        self, command: ArmCommand, sample: JointSample, now_s: float, speed_scale: float
    ) -> ArmCommand | None:
        """Return the command if it may be sent, and record it."""
        refusal = command_gate.objection(
            command,
            sample.q,
            self._config.safety,
            max(speed_scale, self._goal.speed_scale(now_s)),
        )
        if refusal is not None:
            self.last_refusal = self._interventions.refuse(refusal)
            return None
        self._goal.sent(command.q, now_s, speed_scale)
        if command.gripper_m is not None:
            self._width_m = command.gripper_m
        self.target.sent(Target.at(command.q))
        return command
