# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One action through all rules: where it leads, or which rule refused it."""

from __future__ import annotations

from math import nan
import time

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_viperx import kinematics, safety, vx300s
from genvla_viperx.refusal import Interventions, Refusal, Rule
from genvla_viperx.safety import SafetyConfig
from genvla_viperx.step_planner import Target, plan_step

CONFIG = SafetyConfig()
START = Target.at(vx300s.BRIDGE_START_JOINTS)


def planned(action, previous=START, config=CONFIG):
    interventions = Interventions()
    outcome = plan_step(previous, np.array(action, dtype=float), config, interventions)
    counts = {rule: count for rule, count in interventions.by_rule().items() if count}
    return outcome, counts


def test_an_ordinary_step_moves_the_target_by_exactly_itself():
    target, counts = planned((0.02, -0.01, 0.03, 0, 0, 0, 1))
    np.testing.assert_allclose(target.pose[:3, 3] - START.pose[:3, 3], (0.02, -0.01, 0.03))
    np.testing.assert_allclose(kinematics.forward(target.q), target.pose, atol=1e-6)
    assert counts == {}


def test_a_long_step_is_clipped_and_counted():
    target, counts = planned((0.5, 0, 0, 0, 0, 0, 1))
    assert target.pose[0, 3] - START.pose[0, 3] == pytest.approx(0.05)
    assert counts == {'step_clip': 1}


def test_a_step_into_the_table_ends_at_the_workspace_floor():
    low = Target.at(planned((0, 0, -0.05, 0, 0, 0, 1))[0].q)
    config = SafetyConfig(workspace_lower=(0.1, -0.3, 0.08))
    target, counts = planned((0, 0, -0.05, 0, 0, 0, 1), previous=low, config=config)
    assert target.pose[2, 3] == pytest.approx(0.08)
    assert counts == {'workspace': 1}


def test_a_step_out_of_reach_is_refused_and_says_which_limit():
    stretched = Target.at(vx300s.HOME)
    config = SafetyConfig(workspace_upper=(2.0, 2.0, 2.0))
    refusal, counts = planned((0.05, 0, 0, 0, 0, 0, 1), stretched, config)
    for _ in range(10):
        if isinstance(refusal, Refusal):
            break
        refusal, counts = planned((0.05, 0, 0, 0, 0, 0, 1), refusal, config)
    assert refusal.rule is Rule.UNREACHABLE
    assert 'out of reach' in refusal.message
    assert counts == {'unreachable': 1}


def test_a_step_that_would_flip_the_wrist_is_refused():
    almost_straight = Target.at(np.array([0, -0.3, 0.6, 0.0, 0.01, 0.0]))
    refusal, counts = planned((0, 0, 0, 0, 0, 0.2, 1), almost_straight)
    assert refusal.rule is Rule.JOINT_JUMP
    assert counts == {'joint_jump': 1}


def test_a_fast_step_is_slowed_down_and_the_target_is_what_the_joints_reach():
    config = SafetyConfig(max_joint_speed=0.5)
    target, counts = planned((0.04, 0.04, 0, 0, 0, 0.2, 1), config=config)
    assert np.abs(target.q - START.q).max() == pytest.approx(0.5 * 0.15)
    np.testing.assert_allclose(kinematics.forward(target.q), target.pose)
    assert counts == {'joint_speed': 1}


def test_an_action_that_is_not_a_number_is_refused():
    refusal, counts = planned((nan, 0, 0, 0, 0, 0, 1))
    assert refusal.rule is Rule.NONFINITE
    assert counts == {'nonfinite': 1}


def test_the_previous_target_is_left_alone():
    before = START.pose.copy()
    planned((0.05, 0.05, 0.05, 0.2, 0.2, 0.2, 1))
    np.testing.assert_array_equal(START.pose, before)


@given(st.lists(st.lists(st.floats(-1, 1), min_size=7, max_size=7), min_size=1, max_size=15))
def test_no_sequence_of_actions_leaves_the_limits(actions):
    target = START
    for action in actions:
        outcome, _ = planned(action, previous=target)
        if isinstance(outcome, Refusal):
            continue
        assert safety.joints_outside_limits(outcome.q) == ()
        assert np.abs(outcome.q - target.q).max() / 0.15 <= CONFIG.max_joint_speed + 1e-9
        target = outcome


def test_one_pass_takes_far_less_than_a_control_step():
    action = np.array((0.02, -0.06, 0.03, 0.1, 0, 0.3, 1))
    interventions = Interventions()
    durations = []
    for _ in range(200):
        start = time.perf_counter()
        plan_step(START, action, CONFIG, interventions)
        durations.append(time.perf_counter() - start)
    # Inverse kinematics included.
    assert np.median(durations) < 300e-6
