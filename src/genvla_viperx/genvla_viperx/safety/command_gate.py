# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The last check of every command before it goes to the driver."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm.states import ArmCommand
from genvla_viperx.safety import rules
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Refusal, Rule

Array = NDArray[np.float64]

_ROUNDING = 1e-9


def objection(
    command: ArmCommand, measured: Array, config: SafetyConfig, speed_scale: float = 1.0
) -> Refusal | None:
    """Return why a command must not be sent, or None.

    The driver checks none of this. It accepts NaN, and for any goal the servos move at the speed
    that reaches it within their profile time.

    Args:
        command: The command to send.
        measured: Measured joint positions, shape (6,) [rad].
        config: The limits.
        speed_scale: Share of the joint speed limit that applies to the command, 0 to 1.
    """
    q = command.q
    if not rules.is_finite(q) or not np.isfinite(command.gripper_m or 0.0):
        return Refusal(
            Rule.NONFINITE,
            f'command {q.tolist()} rad, gripper {command.gripper_m} m contains NaN or infinity',
        )
    outside = rules.joints_outside_limits(q)
    if outside:
        return Refusal(
            Rule.JOINT_LIMITS,
            f'joint command {np.round(q, 4).tolist()} rad is outside the limits of '
            f'{", ".join(outside)}',
        )
    # If a joint is measured outside its limits, compare with the nearest allowed position.
    here = rules.inside_limits(measured)
    max_lead = config.max_lead(speed_scale)
    ahead = rules.joints_apart(q, here, max_lead + _ROUNDING)
    if ahead:
        return Refusal(
            Rule.TRACKING,
            f'the goal is too far from the arm in {", ".join(ahead)}: '
            f'{np.round(q - here, 2).tolist()} rad, at most {max_lead:.2f} is allowed; '
            'the arm moves to its last goal first',
        )
    return None
