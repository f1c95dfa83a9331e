# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands to the driver are finite, inside the limits and close to the arm."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.states import ArmCommand
from genvla_viperx.safety.command_gate import objection
from genvla_viperx.safety.config import SafetyConfig

START = vx300s.BRIDGE_START_JOINTS
WAIST = np.eye(6)[0]


def test_an_ordinary_command_passes():
    assert objection(ArmCommand(START + 0.2, 0.08), START, SafetyConfig()) is None


@pytest.mark.parametrize(
    ('command', 'measured', 'rule'),
    [
        (ArmCommand(START * nan), START, 'nonfinite'),
        (ArmCommand(START + inf), START, 'nonfinite'),
        (ArmCommand(START, gripper_m=nan), START, 'nonfinite'),
        (ArmCommand(START + 3.2 * WAIST), START + 3.1 * WAIST, 'joint_limits'),
        (ArmCommand(START + 1.01 * WAIST), START, 'tracking'),
        (ArmCommand(START), START * nan, 'tracking'),
    ],
)
def test_a_command_that_the_arm_must_not_get_is_stopped(command, measured, rule):
    refusal = objection(command, measured, SafetyConfig())
    assert refusal is not None
    assert refusal.rule == rule


def test_a_slow_arm_gets_no_command_that_is_far_from_it():
    slow = SafetyConfig(max_joint_speed=0.5)
    assert objection(ArmCommand(START + 0.29 * WAIST), START, slow) is None
    refusal = objection(ArmCommand(START + 0.31 * WAIST), START, slow)
    assert refusal is not None
    assert refusal.message == (
        'the goal is too far from the arm in waist: [0.31, 0.0, 0.0, 0.0, 0.0, 0.0] rad, at most '
        '0.30 is allowed; the arm moves to its last goal first'
    )
