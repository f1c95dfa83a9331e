# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Deltas accumulate on the target, and the workspace only shrinks."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import kinematics, vx300s
from genvla_viperx.arm.inverse_kinematics import solve
from genvla_viperx.control.accumulated_target import AccumulatedTarget
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Interventions

START = vx300s.BRIDGE_START_JOINTS
FORWARD = np.array([0.01, 0, 0, 0, 0, 0, 1.0])


def stepped(target, action, measured):
    outcome = target.next(
        action, measured=measured, step_period_s=0.2, interventions=Interventions()
    )
    target.sent(outcome)
    return outcome.pose[:3, 3]


def at(x, y, z):
    pose = kinematics.forward(START)
    pose[:3, 3] = x, y, z
    return solve(pose, START).q


def test_the_first_step_starts_at_the_measured_pose_and_the_next_at_the_target():
    target = AccumulatedTarget(SafetyConfig())
    first = stepped(target, FORWARD, START)
    second = stepped(target, FORWARD, START + 0.02 * np.eye(6)[1])
    start = kinematics.forward(START)[0, 3]
    assert (first[0] - start, second[0] - start) == pytest.approx((0.01, 0.02))


@pytest.mark.parametrize('drop', [AccumulatedTarget.forget, AccumulatedTarget.let_go])
def test_without_a_target_the_next_step_starts_at_the_measured_pose(drop):
    target = AccumulatedTarget(SafetyConfig())
    stepped(target, FORWARD, START)
    drop(target)
    elsewhere = at(0.35, 0.1, 0.2)
    np.testing.assert_allclose(stepped(target, FORWARD, elsewhere), (0.36, 0.1, 0.2), atol=1e-6)


def test_what_is_planned_but_not_sent_leaves_the_target():
    target = AccumulatedTarget(SafetyConfig())
    target.next(FORWARD, measured=START, step_period_s=0.2, interventions=Interventions())
    np.testing.assert_array_equal(target.start(START).q, START)


def test_a_tool_that_has_come_back_into_the_workspace_stays_in_it():
    target = AccumulatedTarget(SafetyConfig(workspace_lower=(0.1, -0.3, 0.05)))
    up, down = (np.array([0, 0, dz, 0, 0, 0, 1.0]) for dz in (0.03, -0.05))
    measured = at(0.3, 0.0, 0.04)
    assert stepped(target, down, measured)[2] == pytest.approx(0.04, abs=1e-6)
    assert stepped(target, up, measured)[2] == pytest.approx(0.07, abs=1e-6)
    assert stepped(target, down, measured)[2] == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize(('drop', 'lowest'), [('let_go', 0.05), ('forget', 0.04)])
def test_only_a_hand_that_has_moved_the_arm_widens_the_workspace(drop, lowest):
    target = AccumulatedTarget(SafetyConfig(workspace_lower=(0.1, -0.3, 0.05)))
    stepped(target, FORWARD, at(0.3, 0.0, 0.06))
    getattr(target, drop)()
    down = np.array([0, 0, -0.05, 0, 0, 0, 1.0])
    assert stepped(target, down, at(0.3, 0.0, 0.04))[2] == pytest.approx(lowest, abs=1e-6)
