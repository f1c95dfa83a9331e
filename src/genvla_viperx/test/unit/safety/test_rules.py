# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Each safety rule on its own, with the numbers of the ViperX."""

from __future__ import annotations

from math import inf, nan, pi

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.safety import rules

ACTION = st.lists(st.floats(-10, 10), min_size=7, max_size=7).map(np.array)


@pytest.mark.parametrize(('value', 'finite'), [(0.0, True), (nan, False), (inf, False)])
def test_one_non_finite_value_is_enough(value, finite):
    assert rules.is_finite(np.array([1.0, value, 2.0])) is finite


def test_a_step_is_clipped_in_each_component():
    action = np.array([0.08, -0.2, 0.01, 0.3, -0.1, -9.0, 0.7])
    clipped, changed = rules.clip_step(action, 0.05, 0.25)
    np.testing.assert_array_equal(clipped, [0.05, -0.05, 0.01, 0.25, -0.1, -0.25, 0.7])
    assert changed


def test_a_step_inside_its_bounds_is_left_alone():
    action = np.array([0.05, -0.05, 0.0, 0.25, -0.25, 0.0, nan])
    clipped, changed = rules.clip_step(action, 0.05, 0.25)
    assert clipped is action
    assert not changed


@given(ACTION)
def test_no_step_leaves_longer_than_allowed(action):
    clipped, _ = rules.clip_step(action, 0.05, 0.25)
    assert np.abs(clipped[:3]).max() <= 0.05
    assert np.abs(clipped[3:6]).max() <= 0.25


def test_joints_outside_their_limits_are_named():
    q = np.array([0.0, -1.9, 0.0, 0.0, 2.3, 0.0])
    assert rules.joints_outside_limits(q) == ('shoulder', 'wrist_angle')
    assert rules.joints_outside_limits(q, tolerance=0.1) == ()


def test_a_sagging_arm_measured_in_its_sleep_pose_is_tolerated():
    measured = vx300s.SLEEP - [0, 2e-4, 0, 0, 0, 0]
    assert rules.joints_outside_limits(measured) == ('shoulder',)
    assert rules.joints_outside_limits(measured, tolerance=0.1) == ()


@pytest.mark.parametrize(('forearm_roll', 'jump'), [(0.9, False), (1.1, True), (-1.6, True)])
def test_a_wrist_that_flips_over_is_a_jump(forearm_roll, jump):
    q = np.array([0, 0, 0, forearm_roll, 0, 0])
    assert rules.is_joint_jump(np.zeros(6), q, max_jump=1.0) is jump


def test_the_speed_limit_is_for_the_peak_of_the_trapezoid():
    # 0.47 rad in 250 ms with ramps of 100 ms peaks at 3.13 rad/s; its mean is 1.88.
    q = np.array([0.47, 0, 0, 0, 0, 0])
    assert rules.joint_step_scale(np.zeros(6), q, 0.25, 0.10, pi) == 1.0
    assert rules.joint_step_scale(np.zeros(6), 2 * q, 0.25, 0.10, pi) == pytest.approx(
        0.15 * pi / 0.94
    )


@given(st.lists(st.floats(-3, 3), min_size=6, max_size=6).map(np.array))
def test_a_scaled_step_is_never_faster_than_the_limit(q):
    scale = rules.joint_step_scale(np.zeros(6), q, 0.25, 0.10, 2.0)
    assert 0 < scale <= 1
    assert np.abs(scale * q).max() / 0.15 <= 2.0 + 1e-12


@pytest.mark.parametrize(
    ('wanted', 'expected', 'share'),
    [
        (1.2, 1.0, 1.0),
        (1.5, 1.0, 0.8),
        (0.1, 1.0, 1.0),
        (0.0, 1.0, 1.0),
        (-0.1, 1.0, 0.0),
        (-0.4, 0.0, 0.5),
        (-1.5, -1.0, 0.8),
    ],
)
def test_a_velocity_changes_by_at_most_the_limit_except_to_brake(wanted, expected, share):
    elbow = np.eye(6)[2]
    found = rules.velocity_scale(wanted * elbow, expected * elbow, 0.2)
    assert found == pytest.approx(share, abs=2e-5)


def test_the_most_limited_joint_shortens_the_step_of_all_joints():
    wanted, expected = np.array([1.0, 1.0, 0, 0, 0, 0]), np.array([0.5, 0.0, 0, 0, 0, 0])
    assert rules.velocity_scale(wanted, expected, 0.25) == pytest.approx(0.25, abs=2e-6)


def test_a_step_that_moves_a_joint_by_rounding_is_not_shortened():
    # The first joint has braked so hard that it must not continue.
    expected = np.array([-9.0, 0, 0, 0, 0, 0])
    assert rules.velocity_scale(np.array([1e-9, 0.1, 0, 0, 0, 0]), expected, 1.0) == 1.0


VELOCITY = st.lists(st.floats(-7, 7), min_size=6, max_size=6).map(np.array)


@given(VELOCITY, VELOCITY, st.one_of(st.floats(0, 9), st.just(inf)))
def test_the_share_of_a_velocity_is_the_largest_that_is_allowed(wanted, expected, max_change):
    def allowed(share):
        change, braking = np.abs(share * wanted - expected), share * wanted * expected
        between = (braking >= 0) & (np.abs(share * wanted) <= np.abs(expected))
        return ((change <= max_change + 2e-6) | between | (np.abs(share * wanted) < 2e-6)).all()

    found = rules.velocity_scale(wanted, expected, max_change)
    assert 0 <= found <= 1
    assert allowed(found)
    assert found == 1 or not allowed(found + 1e-4 / np.abs(wanted).max() * 7)


@pytest.mark.parametrize(
    ('q_to', 'share'),
    [(0.5, 1.0), (0.8, 0.75), (-0.6, 1.0), (-1.0, 0.8)],
)
def test_the_share_of_a_step_that_stays_close_to_the_measured_arm(q_to, share):
    measured = np.full(6, -0.1)
    found = rules.lead_scale(np.zeros(6), np.eye(6)[2] * q_to, measured, 0.7)
    assert found == pytest.approx(share)


def test_a_step_away_from_an_arm_that_is_far_behind_is_shortened_to_nothing():
    assert rules.lead_scale(np.zeros(6), np.full(6, 0.1), np.full(6, -1.0), 0.7) == 0.0


@pytest.mark.parametrize(
    ('last_s', 'stale'),
    [(None, True), (9.8, False), (9.7, False), (9.69, True), (10.05, False), (10.2, True)],
)
def test_silence_beyond_the_timeout_is_stale(last_s, stale):
    assert rules.is_stale(last_s, now_s=10.0, timeout_s=0.3 + 1e-9) is stale


@pytest.mark.parametrize(
    ('positions', 'failed'),
    [
        ((-pi,) * 6, True),
        ((np.float32(-pi),) * 6, True),
        ((-pi, 0, 0, 0, 0, 0), False),
        ((0, 0, nan, 0, 0, 0), True),
        ((nan,) * 6, True),
        ((0, -1.85, 1.55, 0, 0.8, 0), False),
    ],
)
def test_a_failed_read_of_the_driver_is_recognised(positions, failed):
    assert rules.is_failed_read(np.array(positions, dtype=float)) is failed


@pytest.mark.parametrize(('step', 'impossible'), [(0.03, False), (0.11, False), (0.12, True)])
def test_motion_faster_than_a_joint_can_move_is_impossible(step, impossible):
    after = np.array([0, step, 0, 0, 0, 0])
    assert rules.is_impossible_motion(np.zeros(6), after, 0.01, max_speed=2 * pi) is impossible


def test_overloaded_joints_are_named_whatever_the_sign_of_the_current():
    effort_ma = np.array([100, -3200, 0, nan, 0, 1700])
    limit_ma = (3100, 3100, 3100, 3100, 3100, 1600)
    assert rules.overloaded_joints(effort_ma, limit_ma) == ('shoulder', 'wrist_rotate')
