# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One action to one joint command: the rules of safety.py in order, around the kinematics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genvla_viperx import kinematics, safety
from genvla_viperx.end_effector_delta import apply_delta
from genvla_viperx.inverse_kinematics import solve
from genvla_viperx.refusal import Interventions, Refusal, Rule
from genvla_viperx.safety import SafetyConfig

Array = NDArray[np.float64]


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


def plan_step(
    previous: Target, action: Array, config: SafetyConfig, interventions: Interventions
) -> Target | Refusal:
    """Returns where one action leads from the previous target, or why it is not executed.

    Clip the step, move the target pose, keep it in the workspace, solve, refuse a change of
    configuration, slow down to the joint speed limit, and look at the result once more. Every
    change and every refusal is counted.

    Args:
        previous: The last target; deltas accumulate on it, not on the measured pose.
        action: dx dy dz [m], droll dpitch dyaw [rad], gripper (not used here), shape (7,).
        config: The limits.
        interventions: Is added to.
    """
    outcome = _plan_step(previous, action, config, interventions)
    if isinstance(outcome, Refusal):
        interventions.add(outcome.rule)
    return outcome


def _plan_step(
    previous: Target, action: Array, config: SafetyConfig, interventions: Interventions
) -> Target | Refusal:
    if not safety.is_finite(action[:6]):
        return Refusal(Rule.NONFINITE, f'action {action.tolist()} has NaN or infinity')
    step, changed = safety.clip_step(action, config.max_translation, config.max_rotation)
    if changed:
        interventions.add(Rule.STEP_CLIP)
    pose = apply_delta(previous.pose, step)
    pose[:3, 3], changed = safety.clamp_to_workspace(
        pose[:3, 3], previous.pose[:3, 3], config.workspace_lower, config.workspace_upper
    )
    if changed:
        interventions.add(Rule.WORKSPACE)
    solution = solve(pose, previous.q)
    if solution.q is None:
        return Refusal(
            Rule.UNREACHABLE,
            f'tool position {np.round(pose[:3, 3], 3).tolist()} m with this orientation is not '
            f'reachable: {", ".join(solution.violated)}; the arm holds; tighten the workspace box '
            'if this happens often',
        )
    if safety.is_joint_jump(previous.q, solution.q, config.max_joint_jump):
        return Refusal(
            Rule.JOINT_JUMP,
            f'the step moves the joints by {np.round(solution.q - previous.q, 2).tolist()} rad, '
            f'allowed is {config.max_joint_jump}: the wrist would flip over; the arm holds',
        )
    return _slowed_down(Target(pose, solution.q), previous, config, interventions)


def _slowed_down(
    target: Target, previous: Target, config: SafetyConfig, interventions: Interventions
) -> Target | Refusal:
    scale = safety.joint_step_scale(
        previous.q,
        target.q,
        config.move_time_s,
        config.acceleration_time_s,
        config.max_joint_speed,
    )
    if scale < 1:
        interventions.add(Rule.JOINT_SPEED)
        target = Target.at(previous.q + scale * (target.q - previous.q))
    if not safety.is_finite(target.q):
        return Refusal(Rule.NONFINITE, f'joint command {target.q.tolist()} has NaN or infinity')
    outside = safety.joints_outside_limits(target.q)
    if outside:
        return Refusal(
            Rule.JOINT_LIMITS,
            f'joint command {np.round(target.q, 4).tolist()} rad is outside the limits of '
            f'{", ".join(outside)}',
        )
    return target
