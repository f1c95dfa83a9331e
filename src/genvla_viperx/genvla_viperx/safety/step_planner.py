# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One action to one joint command: the rules of rules.py in order, around the kinematics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import kinematics
from genvla_viperx.arm.end_effector_delta import apply_delta
from genvla_viperx.arm.inverse_kinematics import solve
from genvla_viperx.safety import rules
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Interventions, Refusal, Rule
from genvla_viperx.safety.workspace import Workspace

Array = NDArray[np.float64]

_WALL_TOLERANCE = 1e-7
"""Tools closer to a wall of the workspace are not outside [m]: beyond rounding, below effect."""

_DEPTH_TOLERANCE = 1e-6

_SHORTENING, _NUM_SHORTENINGS = 0.7, 6
"""How a step that was slowed down is shortened further while it leaves the workspace."""


@dataclass(frozen=True, eq=False)
class Target:
    """What the arm was last told to do, in both coordinates.

    Attributes:
        pose: `base_T_tool` of the target, shape (4, 4).
        q: Joint positions that reach it, inside their limits, shape (6,) [rad].
    """

    pose: Array
    q: Array

    @classmethod
    def at(cls, q: Array) -> Target:
        """Returns the target that is reached by joint positions, shape (6,) [rad]."""
        return cls(kinematics.forward(q), q)


@dataclass(frozen=True, eq=False)
class StepBounds:
    """The limits as they apply to one step.

    Attributes:
        config: The limits.
        workspace: Where the tool and the fingers may be sent.
        measured: Where the joints are now, shape (6,) [rad].
        step_period_s: When the next step follows [s].
        speed_scale: Share of its way that a step goes, and of the joint speed limit.
    """

    config: SafetyConfig
    workspace: Workspace
    measured: Array
    step_period_s: float
    speed_scale: float = 1.0

    def share(self, q_from: Array, q_to: Array) -> float:
        """Returns the share of a joint step, in [0, 1], that is not too fast."""
        config = self.config
        return min(
            rules.joint_step_scale(
                q_from,
                q_to,
                config.move_time_s,
                config.acceleration_time_s,
                config.max_joint_speed * self.speed_scale,
                self.step_period_s,
            ),
            rules.lead_scale(q_from, q_to, self.measured, config.max_lead),
        )

    def collision(self, q_from: Array, q_to: Array) -> str:
        """Returns which part of the arm a joint step takes into what, or nothing.

        A part that is in an obstacle already may stay as deep in it or come out.
        """
        obstacles, way = self.config.obstacles, ((q_from + q_to) / 2, q_to)
        if all(obstacles.depths(q).max() <= _DEPTH_TOLERANCE for q in way):
            return ''  # wherever it came from: a third of the time of a step
        allowed_OC = np.maximum(obstacles.depths(q_from), 0.0) + _DEPTH_TOLERANCE
        return next(filter(None, (obstacles.trespassed(q, allowed_OC) for q in way)), '')


def plan_step(
    previous: Target, action: Array, bounds: StepBounds, interventions: Interventions
) -> Target | Refusal:
    """Returns where one action leads from the previous target, or why it is not executed.

    Clip the step, scale it, move the target pose, keep it in the workspace, solve, refuse a change
    of configuration, slow down to the joint speed limit without leaving the workspace, and refuse
    what would take a part of the arm into the table or a keep-out box. Every change and every
    refusal is counted.

    Args:
        previous: The last target; deltas accumulate on it, not on the measured pose.
        action: dx dy dz [m], droll dpitch dyaw [rad], gripper (not used here), shape (7,).
        bounds: The limits.
        interventions: Is added to.
    """
    config = bounds.config
    if not rules.is_finite(action[:6]):
        return interventions.refuse(
            Refusal(Rule.NONFINITE, f'action {action.tolist()} has NaN or infinity')
        )
    step, changed = rules.clip_step(action, config.max_translation, config.max_rotation)
    if changed:
        interventions.add(Rule.STEP_CLIP)
    # After clipping: what is too long is no faster for it.
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
                f'not reachable: {", ".join(solution.violated)}; the arm holds; tighten the '
                'workspace box if this happens often',
            )
        )
    if rules.is_joint_jump(previous.q, solution.q, config.max_joint_jump):
        return interventions.refuse(
            Refusal(
                Rule.JOINT_JUMP,
                f'the step moves the joints by {np.round(solution.q - previous.q, 2).tolist()} '
                f'rad, allowed is {config.max_joint_jump}: the wrist would flip over; '
                'the arm holds',
            )
        )
    target: Target | Refusal = Target(pose, solution.q)
    share = bounds.share(previous.q, solution.q)
    if share < 1:
        interventions.add(Rule.JOINT_SPEED)
        target = _slowed_down(Target(pose, solution.q), previous, share, bounds)
    if isinstance(target, Refusal):
        return interventions.refuse(target)
    collision = bounds.collision(previous.q, target.q)
    if collision:
        return interventions.refuse(
            Refusal(
                Rule.KEEP_OUT,
                f'the step would move {collision}; the arm holds; tighten the workspace box, or '
                'check table_height and keep_out_boxes, if this happens often',
            )
        )
    return target


def _slowed_down(
    target: Target, previous: Target, share: float, bounds: StepBounds
) -> Target | Refusal:
    """The way to the target as far as it is not too fast.

    The straight line of the joints between two poses at a wall of the workspace bulges through it:
    what is outside is pushed back to the wall, or shortened until it fits.
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
        'slowed down to max_joint_speed, the step would leave the workspace; the arm holds',
    )
