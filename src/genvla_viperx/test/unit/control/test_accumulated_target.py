# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Deltas accumulate on the target, and the workspace only shrinks."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_viperx.arm import kinematics, vx300s
from genvla_viperx.arm.inverse_kinematics import solve
from genvla_viperx.control.accumulated_target import AccumulatedTarget
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Interventions, Refusal, Rule

START = vx300s.BRIDGE_START_JOINTS
FORWARD = np.array([0.01, 0, 0, 0, 0, 0, 1.0])
ACTIONS = st.lists(st.lists(st.floats(-1, 1), min_size=6, max_size=6), min_size=2, max_size=12)
CLIP = np.array([0.05] * 3 + [0.25] * 3)


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


def test_a_step_that_is_not_sent_leaves_the_target_unchanged():
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
def test_only_moving_the_arm_by_hand_widens_the_workspace(drop, lowest):
    target = AccumulatedTarget(SafetyConfig(workspace_lower=(0.1, -0.3, 0.05)))
    stepped(target, FORWARD, at(0.3, 0.0, 0.06))
    getattr(target, drop)()
    down = np.array([0, 0, -0.05, 0, 0, 0, 1.0])
    assert stepped(target, down, at(0.3, 0.0, 0.04))[2] == pytest.approx(lowest, abs=1e-6)


def changes(config, actions, period_s=0.2):
    """Send a stream of actions; return each step's velocity before, expected and after it."""
    target, interventions = AccumulatedTarget(config), Interventions()
    velocity, acceleration, q, found = np.zeros(6), np.zeros(6), START, []
    for action in actions:
        outcome = target.next(
            np.array([*action, 1.0]),
            measured=q,
            step_period_s=period_s,
            interventions=interventions,
        )
        if isinstance(outcome, Refusal):
            velocity, acceleration = np.zeros(6), np.zeros(6)
            continue
        target.sent(outcome)
        after = (outcome.q - q) / period_s
        found.append((velocity, velocity + acceleration * period_s, after))
        velocity, acceleration, q = after, (after - velocity) / period_s, outcome.q
    return found, interventions


def between(value, bound):
    return (value * bound >= -1e-5) & (np.abs(value) <= np.abs(bound) + 1e-5)


@settings(max_examples=40)
@given(ACTIONS, st.floats(0.2, 20.0), st.floats(1.0, 200.0))
def test_no_stream_of_steps_speeds_up_faster_than_the_limits(actions, max_acceleration, max_jerk):
    config = SafetyConfig(max_joint_acceleration=max_acceleration, max_joint_jerk=max_jerk)
    for before, expected, after in changes(config, CLIP * actions)[0]:
        slow = np.abs(after - before) <= max_acceleration * 0.2 + 1e-5
        smooth = np.abs(after - expected) <= max_jerk * 0.2**2 + 1e-5
        assert (slow | between(after, before)).all()
        assert (smooth | between(after, expected)).all()


@settings(max_examples=40)
@given(st.lists(st.sampled_from([*np.eye(6), *-np.eye(6)]), min_size=2, max_size=8), ACTIONS)
@pytest.mark.parametrize('period_s', [0.18, 0.2])
def test_steps_as_large_as_bridgedata_s_never_reach_the_default_limits(period_s, largest, actions):
    # First the largest steps, back and forth, then random ones.
    stream = [CLIP * action for action in (*largest, *actions)]
    interventions = changes(SafetyConfig(), stream, period_s)[1]
    assert interventions[Rule.JOINT_ACCELERATION] == interventions[Rule.JOINT_JERK] == 0


def waist_way(target, q):
    """Return how far a step to the left turns the waist [rad], and where it leads."""
    outcome = target.next(
        np.array([0, 0.05, 0, 0, 0, 0, 1.0]),
        measured=q,
        step_period_s=0.2,
        interventions=Interventions(),
    )
    target.sent(outcome)
    return outcome.q[0] - q[0], outcome.q


def test_a_stream_speeds_up_step_by_step():
    target, q, ways = AccumulatedTarget(SafetyConfig(max_joint_acceleration=1.0)), START, []
    for _ in range(3):
        way, q = waist_way(target, q)
        ways.append(way)
    assert ways == pytest.approx([0.04, 0.08, 0.12], rel=1e-3)


def refuse_a_step(target):
    nothing = np.full(7, np.nan)
    refused = target.next(
        nothing, measured=START, step_period_s=0.2, interventions=Interventions()
    )
    assert isinstance(refused, Refusal)


@pytest.mark.parametrize(
    'pause',
    [
        AccumulatedTarget.rest,
        AccumulatedTarget.let_go,
        AccumulatedTarget.forget,
        refuse_a_step,
    ],
)
def test_a_stream_that_stood_still_starts_from_rest(pause):
    target = AccumulatedTarget(SafetyConfig(max_joint_acceleration=1.0))
    _, q = waist_way(target, START)
    pause(target)
    assert waist_way(target, q)[0] == pytest.approx(0.04, rel=1e-3)
