# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Plan the joint command of one action: inverse kinematics, and the rules of rules.py in order."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import kinematics, vx300s
from genvla_viperx.arm.end_effector_delta import apply_delta
from genvla_viperx.arm.inverse_kinematics import solve
from genvla_viperx.safety import rules
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Interventions, Refusal, Rule
from genvla_viperx.safety.workspace import Workspace

Array = NDArray[np.float64]

_WALL_TOLERANCE = 1e-7
"""A tool closer to a wall of the workspace does not count as outside [m]: more than rounding
errors, but too small to matter."""

_SHORTENING, _NUM_SHORTENINGS = 0.7, 6
"""How a slowed-down step is shortened further while it leaves the workspace."""


@dataclass(frozen=True, eq=False)
class Target:
    """The last commanded target, in both coordinates.

    Attributes:
        pose: `base_T_tool` of the target, shape (4, 4).
        q: Joint positions that reach it, within their limits, shape (6,) [rad].
    """

    pose: Array
    q: Array

    @classmethod
    def at(cls, q: Array) -> Target:
        """Return the target at given joint positions, shape (6,) [rad]."""
        return cls(kinematics.forward(q), q)


@dataclass(frozen=True, eq=False)
class Motion:
    """The speed at which the steps change the target.

    Attributes:
        velocity: Distance of the last step over its period, shape (6,) [rad/s].
        acceleration: Change of the velocity from the step before, over the period, shape (6,)
            [rad/s^2].
    """

    velocity: Array
    acceleration: Array

    def after(self, way: Array, period_s: float) -> Motion:
        """Return the motion after one more step.

        Args:
            way: Change of the joint positions in the step, shape (6,) [rad].
            period_s: Period of the step [s].
        """
        velocity = way / period_s
        return Motion(velocity, (velocity - self.velocity) / period_s)


AT_REST = Motion(np.zeros(vx300s.NUM_JOINTS), np.zeros(vx300s.NUM_JOINTS))


@dataclass(frozen=True, eq=False)
class StepBounds:
    """The limits for one step.

    Attributes:
        config: The limits.
        workspace: Where the tool and the fingers may be sent.
        measured: Measured joint positions, shape (6,) [rad].
        step_period_s: Time until the next step [s].
        speed_scale: Factor of the step, and of the joint speed limit.
        motion: Speed of the steps before it.
        carries: Whether there is something between the fingers.
    """

    config: SafetyConfig
    workspace: Workspace
    measured: Array
    step_period_s: float
    speed_scale: float = 1.0
    motion: Motion = AT_REST
    carries: bool = False

    def share(self, q_from: Array, q_to: Array) -> float:
        """Return the share of a joint step, in [0, 1], that every rule allows."""
        return min(self.shares(q_from, q_to).values())

    def shares(self, q_from: Array, q_to: Array) -> dict[Rule, float]:
        """Return the share of a joint step, in [0, 1], that each rule allows, in their order."""
        config, motion, period_s = self.config, self.motion, self.step_period_s
        speed = min(
            rules.joint_step_scale(
                q_from,
                q_to,
                config.move_time_s,
                config.acceleration_time_s,
                config.max_joint_speed * self.speed_scale,
                period_s,
            ),
            rules.lead_scale(q_from, q_to, self.measured, config.max_lead(self.speed_scale)),
        )
        velocity = (q_to - q_from) / period_s
        return {
            Rule.JOINT_SPEED: speed,
            Rule.JOINT_ACCELERATION: rules.velocity_scale(
                velocity, motion.velocity, (config.max_joint_acceleration or inf) * period_s
            ),
            Rule.JOINT_JERK: rules.velocity_scale(
                velocity,
                motion.velocity + motion.acceleration * period_s,
                (config.max_joint_jerk or inf) * period_s**2,
            ),
        }

    def collision(self, q_from: Array, q_to: Array) -> str:
        """Return which part of the arm a joint step moves into which obstacle, or an empty string.

        A part that is already in an obstacle may stay as deep in it, or come out.
        """
        return self.config.obstacles.trespassed(q_from, q_to, carries=self.carries)


def plan_step(
    previous: Target, action: Array, bounds: StepBounds, interventions: Interventions
) -> Target | Refusal:
    """Return the target of one action from the previous target, or why it is not executed.

    The order is: clip the step, scale it, move the target pose, keep it in the workspace, and
    solve the inverse kinematics. Then refuse a change of configuration, and slow the step down to
    the limits of joint speed, acceleration and jerk without leaving the workspace. Finally, refuse
    a step that would move a part of the arm into the table, another part, or a keep-out box.

    Every change and every refusal is counted. Of the limits that slow a step down, only those are
    counted that slow it down more than the ones before.

    Args:
        previous: The last target; deltas accumulate on it, not on the measured pose.
        action: dx dy dz [m], droll dpitch dyaw [rad], gripper (not used here), shape (7,).
        bounds: The limits.
        interventions: Counts of the rules; updated.
    """
    config = bounds.config
    if not rules.is_finite(action[:6]):
        return interventions.refuse(
            Refusal(Rule.NONFINITE, f'action {action.tolist()} has NaN or infinity')
        )
    step, changed = rules.clip_step(action, config.max_translation, config.max_rotation)
    if changed:
        interventions.add(Rule.STEP_CLIP)
    # Scale after clipping, so that a step that is too long does not become faster.
    pose = apply_delta(previous.pose, bounds.speed_scale * step)
    wanted, pose = pose, bounds.workspace.clamped(pose)
    if not np.array_equal(wanted, pose):
        interventions.add(Rule.WORKSPACE)
    solution = solve(pose, previous.q)
    if solution.q is None:
        return interventions.refuse(
            Refusal(
                Rule.UNREACHABLE,
                f'tool position {np.round(pose[:3, 3], 3).tolist()} m with this orientation is '
                f'not reachable: {", ".join(solution.violated)}; the arm holds; if this happens '
                'often, tighten the workspace box',
            )
        )
    if rules.is_joint_jump(previous.q, solution.q, config.max_joint_jump):
        return interventions.refuse(
            Refusal(
                Rule.JOINT_JUMP,
                f'the step moves the joints by {np.round(solution.q - previous.q, 2).tolist()} '
                f'rad, at most {config.max_joint_jump} is allowed: the wrist would flip over; '
                'the arm holds',
            )
        )
    target: Target | Refusal = Target(pose, solution.q)
    share = 1.0
    for rule, allowed in bounds.shares(previous.q, solution.q).items():
        if allowed < share:
            interventions.add(rule)
            share = allowed
    if share < 1:
        target = _slowed_down(Target(pose, solution.q), previous, share, bounds)
    if isinstance(target, Refusal):
        return interventions.refuse(target)
    collision = bounds.collision(previous.q, target.q)
    if collision:
        return interventions.refuse(
            Refusal(
                Rule.KEEP_OUT,
                f'the step would move {collision}; the arm holds; if this happens often, tighten '
                'the workspace box, or check table_height and keep_out_boxes',
            )
        )
    return target


def _slowed_down(
    target: Target, previous: Target, share: float, bounds: StepBounds
) -> Target | Refusal:
    """Return the target as far along the step as the speed limits allow.

    Between two poses at a wall of the workspace, the straight line in joint space bulges through
    the wall. A pose outside is pushed back to the wall, or the step is shortened until it fits.
    """
    workspace = bounds.workspace
    allowed = max(workspace.outside(previous.pose), _WALL_TOLERANCE)
    for _ in range(_NUM_SHORTENINGS):
        slowed = Target.at(previous.q + share * (target.q - previous.q))
        if workspace.outside(slowed.pose) <= allowed:
            return slowed
        pose = workspace.clamped(slowed.pose)
        q = solve(pose, previous.q).q
        if q is not None and bounds.share(previous.q, q) >= 1:
            return Target(pose, q)
        share *= _SHORTENING
    return Refusal(
        Rule.WORKSPACE,
        'the step would leave the workspace if it were slowed down to the limits of joint speed, '
        'acceleration and jerk; the arm holds',
    )
