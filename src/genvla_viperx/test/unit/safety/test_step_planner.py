# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One action through all rules: its target, or the rule that refused it."""

from __future__ import annotations

import dataclasses
from math import nan, pi

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_viperx.arm import fingers, kinematics, vx300s
from genvla_viperx.arm.obstacles import TABLE
from genvla_viperx.safety import rules
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Interventions, Refusal, Rule
from genvla_viperx.safety.step_planner import AT_REST, Motion, StepBounds, Target, plan_step
from genvla_viperx.safety.workspace import Workspace

CONFIG = SafetyConfig()
UNLIMITED = SafetyConfig(max_joint_acceleration=0.0, max_joint_jerk=0.0)
START = Target.at(vx300s.BRIDGE_START_JOINTS)
JOINTS = st.lists(st.floats(-1, 1), min_size=6, max_size=6).map(np.array)


def planned(
    action,
    previous=START,
    config=CONFIG,
    origin=None,
    measured=None,
    period_s=0.2,
    motion=AT_REST,
):
    """Return the outcome and counts of a step; by default the arm is at its last target."""
    bounds = StepBounds(
        config=config,
        workspace=Workspace.of(config).reaching(previous.pose if origin is None else origin),
        measured=previous.q if measured is None else measured,
        step_period_s=period_s,
        motion=motion,
    )
    interventions = Interventions()
    outcome = plan_step(previous, np.array(action, dtype=float), bounds, interventions)
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


def test_a_step_out_of_reach_is_refused_and_the_limit_named():
    stretched = Target.at(np.zeros(6))
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
        assert rules.joints_outside_limits(outcome.q) == ()
        assert np.abs(outcome.q - target.q).max() / 0.15 <= CONFIG.max_joint_speed + 1e-9
        target = outcome


@settings(max_examples=60)
@given(
    st.sampled_from([0.1, 0.5, 1.5, pi]),
    st.sampled_from([-1.0, 0.0, 1.0]),
    st.integers(0, 2**32 - 1),
)
def test_no_sequence_of_actions_slowed_down_or_not_leaves_the_workspace(max_speed, bias, seed):
    # Repeatedly take the one of a few actions that moves furthest out.
    config = SafetyConfig(max_joint_speed=max_speed)
    rng = np.random.default_rng(seed)
    target, origin = START, START.pose
    for _ in range(70):
        actions = rng.uniform(-1, 1, (6, 7)) * ([0.06] * 3 + [0.3] * 3 + [1])
        actions[:3, :3] = np.sign(actions[:3, :3]) * 0.05
        actions[:, 2] += bias * 0.05
        outcomes = [planned(action, target, config, origin)[0] for action in actions]
        reached = [outcome for outcome in outcomes if isinstance(outcome, Target)]
        if not reached:
            break
        target = max(reached, key=lambda outcome: outside_box(outcome, config))
        assert outside_box(target, config) <= 1e-6


def test_a_tool_that_starts_outside_the_workspace_never_gets_further_out():
    asleep = Target.at(vx300s.SLEEP + np.array([0, 0, 0, 0, 0.9, 0]))
    origin = asleep.pose
    started = outside_box(asleep, CONFIG)
    assert started > 0.01
    target = asleep
    for _ in range(60):
        outcome, _ = planned((-0.05, 0.0, -0.05, 0, 0.1, 0, 1), target, CONFIG, origin)
        if isinstance(outcome, Refusal):
            break
        target = outcome
        assert outside_box(target, CONFIG) <= started + 1e-6


def test_a_step_of_a_fast_chunk_is_shortened_to_what_fits_into_its_period():
    target, counts = planned((0.05, 0.05, 0, 0, 0, 0.25, 1), config=UNLIMITED, period_s=0.05)
    assert np.abs(target.q - START.q).max() == pytest.approx(0.05 * pi)
    assert counts == {'joint_speed': 1}


def test_a_step_from_rest_is_shortened_to_the_acceleration_limit_and_counted():
    config = SafetyConfig(max_joint_acceleration=1.0)
    target, counts = planned((0, 0.05, 0, 0, 0, 0, 1), config=config)
    assert np.abs(target.q - START.q).max() == pytest.approx(1.0 * 0.2**2, rel=1e-4)
    assert counts == {'joint_acceleration': 1}


def test_a_step_from_rest_is_shortened_to_the_jerk_limit_and_counted():
    config = SafetyConfig(max_joint_jerk=5.0)
    target, counts = planned((0, 0.05, 0, 0, 0, 0, 1), config=config)
    assert np.abs(target.q - START.q).max() == pytest.approx(5.0 * 0.2**3, rel=1e-4)
    assert counts == {'joint_jerk': 1}


@pytest.mark.parametrize(
    ('speed', 'acceleration', 'jerk', 'counted'),
    [
        (0.5, 1.0, 3.0, {'joint_speed', 'joint_acceleration', 'joint_jerk'}),
        (0.1, 1.0, 3.0, {'joint_speed'}),
        (0.5, 1.0, 9.0, {'joint_speed', 'joint_acceleration'}),
        (0.5, 9.0, 3.0, {'joint_speed', 'joint_jerk'}),
    ],
)
def test_a_limit_is_counted_if_it_shortens_a_step_more_than_those_before_it(
    speed, acceleration, jerk, counted
):
    config = SafetyConfig(
        max_joint_speed=speed, max_joint_acceleration=acceleration, max_joint_jerk=jerk
    )
    _, counts = planned((0, 0.05, 0, 0, 0, 0, 1), config=config)
    assert counts == dict.fromkeys(counted, 1)


def test_an_arm_in_motion_may_stop_at_once():
    config = SafetyConfig(max_joint_acceleration=0.1, max_joint_jerk=0.1)
    motion = Motion(np.full(6, 2.0), np.full(6, 10.0))
    target, counts = planned((0, 0, 0, 0, 0, 0, 1), config=config, motion=motion)
    np.testing.assert_allclose(target.q, START.q, atol=1e-6)
    assert counts == {}


@settings(max_examples=60)
@given(JOINTS, JOINTS, JOINTS, st.floats(0.1, 40.0), st.floats(0.1, 400.0))
def test_limits_of_acceleration_and_jerk_shorten_a_step_but_do_not_turn_it(
    action, velocity, acceleration, max_acceleration, max_jerk
):
    action = np.array([*(action * ([0.03] * 3 + [0.1] * 3)), 1.0])
    motion = Motion(2 * velocity, 20 * acceleration)
    wanted, _ = planned(action, config=UNLIMITED)
    config = SafetyConfig(max_joint_acceleration=max_acceleration, max_joint_jerk=max_jerk)
    limited, counts = planned(action, config=config, motion=motion)
    way, shorter = wanted.q - START.q, limited.q - START.q
    length = float(way @ way)
    share = float(shorter @ way) / length if length else 1.0
    assert -1e-9 <= share <= 1 + 1e-9
    np.testing.assert_allclose(shorter, share * way, atol=1e-9)
    assert bool(counts) == (share < 1 - 1e-9)


def test_a_goal_does_not_run_away_from_an_arm_that_does_not_follow():
    target = START
    for _ in range(40):
        outcome, _ = planned((0, 0.05, 0, 0, 0, 0, 1), target, measured=START.q)
        target = outcome
    assert np.abs(target.q - START.q).max() <= CONFIG.max_lead() + 1e-9


@pytest.mark.parametrize('lag_s', [0.1, 0.25])
@pytest.mark.parametrize('step', [(0.0, 0.05, 0.0), (0.05, 0.0, 0.0), (0.0, 0.05, -0.02)])
def test_ordinary_steps_at_5_hz_are_not_slowed_when_the_arm_lags(lag_s, step):
    times_s, goals = [0.0], [START.q]
    target = START
    for index in range(5):
        now_s = 0.2 * index
        measured = [np.interp(now_s - lag_s, times_s, joint) for joint in np.array(goals).T]
        action = (*step, 0, 0, 0, 1)
        target, counts = planned(action, target, measured=np.array(measured))
        assert counts.get('joint_speed', 0) == 0
        times_s.append(now_s + 0.2)
        goals.append(target.q)


def test_the_largest_planned_speed_is_kept_up_with_a_lag_of_one_profile_time():
    config = SafetyConfig(max_joint_speed=0.5)
    goals = [START.q]
    target = START
    for _ in range(6):
        # At 0.15 s a step, 0.25 s are one step and two thirds.
        steps_behind = min(5 / 3, len(goals) - 1)
        measured = goals[-1] - steps_behind * (goals[-1] - goals[max(len(goals) - 2, 0)])
        outcome, _ = planned((0, 0.03, 0, 0, 0, 0, 1), target, config, None, measured, 0.15)
        assert np.abs(outcome.q - target.q).max() == pytest.approx(0.5 * 0.15)
        target = outcome
        goals.append(target.q)


def test_a_step_that_moves_the_gripper_into_a_box_is_refused():
    tool = START.pose[:3, 3]
    # Beside the fingers: the tool itself stays in the workspace, and out of the box.
    wall = (tool[0] - 0.3, tool[1] + 0.12, 0.0, tool[0] + 0.3, tool[1] + 0.2, 0.5)
    config = dataclasses.replace(CONFIG, keep_out_boxes=wall)
    target, counts = START, None
    for _ in range(10):
        outcome, counts = planned((0.0, 0.02, 0.0, 0.0, 0.0, 0.0, 1.0), target, config)
        if isinstance(outcome, Refusal):
            break
        assert config.obstacles.depths(outcome.q[None]).max() <= 1e-6
        target = outcome
    assert outcome.rule is Rule.KEEP_OUT
    assert 'into keep-out box 0' in outcome.message
    assert counts['keep_out'] == 1


def test_no_sequence_of_actions_takes_any_part_of_the_arm_into_an_obstacle():
    rng = np.random.default_rng(0)
    config = dataclasses.replace(
        CONFIG, keep_out_boxes=(0.2, 0.15, 0.0, 0.4, 0.3, 0.3, 0.1, -0.3, 0.3, 0.6, -0.1, 0.5)
    )
    refused = 0
    for _ in range(20):
        target, drift = START, rng.uniform(-0.05, 0.05, 6)
        for _ in range(30):
            action = np.array([*(drift + rng.uniform(-0.02, 0.02, 6)), 1.0])
            outcome, counts = planned(action, target, config)
            refused += counts.get('keep_out', 0)
            if isinstance(outcome, Refusal):
                continue
            target = outcome
            assert config.obstacles.depths(target.q[None]).max() <= 1e-6
    assert refused > 10


def test_an_arm_that_is_in_a_box_may_come_out_of_it():
    tool = START.pose[:3, 3]
    around = (*(tool - 0.1), *(tool + np.array([0.1, 0.1, 0.0])))
    config = dataclasses.replace(CONFIG, keep_out_boxes=around)
    outcome, _ = planned((0.0, 0.0, 0.02, 0.0, 0.0, 0.0, 1.0), START, config)
    assert not isinstance(outcome, Refusal)
    outcome, _ = planned((0.0, 0.0, -0.02, 0.0, 0.0, 0.0, 1.0), START, config)
    assert outcome.rule is Rule.KEEP_OUT


def outside_box(target, config):
    position = kinematics.forward(target.q)[:3, 3]
    below = np.array(config.workspace_lower) - position
    return max(below.max(), (position - config.workspace_upper).max())


def test_an_elbow_in_the_table_does_not_allow_the_fingers_into_a_post():
    post = (0.1, 0.105, 0.05, 0.2, 0.2, 0.15)
    config = dataclasses.replace(CONFIG, keep_out_boxes=post)
    asleep, turned = vx300s.SLEEP, vx300s.SLEEP + 0.15 * np.eye(6)[0]
    in_table = config.obstacles.depths(np.array([asleep, turned]))[:, TABLE].max(axis=1)
    assert in_table[0] == in_table[1] > 0
    bounds = StepBounds(config, Workspace.of(config), asleep, 0.2)
    assert bounds.collision(asleep, turned).startswith('the fingers into keep-out box 0')


@settings(max_examples=40)
@given(st.sampled_from([0.3, pi]), st.sampled_from([0.0, 0.1, 0.25]), st.integers(0, 2**32 - 1))
def test_no_sequence_of_actions_sends_the_fingers_deeper_into_the_table_than_allowed(
    max_speed, turning, seed
):
    config = SafetyConfig(max_joint_speed=max_speed, table_height=0.03)
    rng = np.random.default_rng(seed)
    target, slid = START, 0.0
    for _ in range(60):
        action = rng.uniform(-1, 1, 7) * ([0.05] * 3 + [turning] * 3 + [1])
        action[2] = -0.05
        outcome, _ = planned(action, target, config, START.pose)
        if isinstance(outcome, Refusal):
            continue
        slid += np.linalg.norm(outcome.pose[:2, 3] - target.pose[:2, 3])
        target = outcome
        assert fingers.lowest_point(kinematics.forward(target.q)) >= 0.025 - 1e-6
    assert slid > 0.2


def test_a_tool_that_is_sent_down_and_forward_slides_along_the_table():
    target = START
    for _ in range(8):
        target, counts = planned((0.01, 0.0, -0.03, 0, 0, 0, 1), target)
    assert fingers.lowest_point(target.pose) == pytest.approx(-0.005)
    assert target.pose[0, 3] - START.pose[0, 3] == pytest.approx(0.08)
    assert counts == {'workspace': 1}


def test_a_table_that_is_not_checked_limits_nothing():
    config = SafetyConfig(table_height=-1.0)
    target = START
    for _ in range(8):
        target, _ = planned((0.0, 0.0, -0.03, 0, 0, 0, 1), target, config)
    assert target.pose[2, 3] == pytest.approx(-0.01)
