# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A joint motion keeps its speed limit; a move advances with the ticks, and waits while unsent."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import inverse_kinematics, kinematics, vx300s
from genvla_viperx.arm.obstacles import TABLE, Obstacles
from genvla_viperx.arm.shape import CAPSULES
from genvla_viperx.arm.states import ArmState
from genvla_viperx.control.moves import JointMotion, PoseMove

START = vx300s.BRIDGE_START_JOINTS


def motion_to(goal, max_speed=0.5):
    return JointMotion.within_speed(START, goal, max_speed=max_speed, min_duration_s=0.25)


def test_a_motion_begins_at_the_start_and_stays_at_the_goal():
    motion = motion_to(vx300s.SLEEP)
    np.testing.assert_array_equal(motion.at(-1.0), START)
    np.testing.assert_array_equal(motion.at(0.0), START)
    np.testing.assert_allclose(motion.at(motion.duration_s), vx300s.SLEEP, atol=1e-15)
    np.testing.assert_allclose(motion.at(99.0), vx300s.SLEEP, atol=1e-15)


def test_the_peak_speed_is_the_requested_one():
    motion = motion_to(vx300s.SLEEP, max_speed=0.5)
    times_s = np.linspace(0.0, motion.duration_s, 2001)
    speeds = np.diff([motion.at(time_s) for time_s in times_s], axis=0) / np.diff(times_s)[0]
    assert np.abs(speeds).max() == pytest.approx(0.5, rel=1e-4)
    assert np.abs(speeds[[0, -1]]).max() < 1e-5


def test_a_motion_to_where_the_arm_is_takes_the_shortest_duration():
    assert motion_to(START).duration_s == 0.25


def test_the_path_to_sleep_stays_above_the_table():
    assert motion_to(vx300s.SLEEP).lowest_tool_height() == pytest.approx(0.1054, abs=1e-4)


def test_the_lowest_height_is_found_between_the_ends():
    low, high = START.copy(), START.copy()
    low[4], high[4] = 0.2, 2.2
    motion = JointMotion(low, high, 1.0)
    ends = [kinematics.forward(q)[2, 3] for q in (low, high)]
    assert motion.lowest_tool_height() < min(ends) - 0.02


def move():
    motion = JointMotion(vx300s.SLEEP, vx300s.BRIDGE_START_JOINTS, duration_s=4.0)
    return PoseMove(motion, name='home', ends_in=ArmState.HOLDING, now_s=10.0)


@pytest.mark.parametrize(
    ('now_s', 'elapsed_s'), [(9.0, 0.0), (10.02, 0.02), (10.04, 0.04), (15.0, 0.04)]
)
def test_a_move_advances_by_at_most_two_ticks(now_s, elapsed_s):
    _, found_s = move().goal(now_s, control_period_s=0.02)
    assert found_s == pytest.approx(elapsed_s)


def test_a_move_waits_until_its_goal_was_sent():
    waiting = move()
    for now_s in np.arange(10.0, 12.0, 0.02):
        q, _ = waiting.goal(now_s, control_period_s=0.02)
    assert np.abs(q - vx300s.SLEEP).max() < 1e-4


def test_a_move_is_over_when_its_last_goal_was_sent():
    nearly = move()
    nearly.advance(3.99, 20.0)
    assert not nearly.is_over
    q, elapsed_s = nearly.goal(20.02, control_period_s=0.02)
    np.testing.assert_allclose(q, vx300s.BRIDGE_START_JOINTS, atol=1e-12)
    nearly.advance(elapsed_s, 20.02)
    assert nearly.is_over


FREE = np.zeros((0, 6))


def test_a_path_through_a_box_is_refused_and_the_part_that_would_hit_it_named():
    # On the straight path between two poses left and right, but around neither of them.
    left, right = (vx300s.BRIDGE_START_JOINTS + np.eye(6)[0] * side for side in (0.8, -0.8))
    motion = JointMotion(left, right, duration_s=4.0)
    crossing = PoseMove(motion, name='home', ends_in=ArmState.HOLDING, now_s=0.0)
    assert crossing.objection(-0.01, -0.005, Obstacles(0.0, FREE)) == ''
    post = np.array([[0.28, -0.03, 0.0, 0.32, 0.03, 0.25]])
    assert 'into keep-out box 0' in crossing.objection(-0.01, -0.005, Obstacles(0.0, post))


def test_an_arm_may_leave_and_enter_its_sleep_pose_close_above_the_table():
    assert Obstacles(0.0, FREE).depths(vx300s.SLEEP[None])[0, TABLE].max() > 0
    back = JointMotion(vx300s.BRIDGE_START_JOINTS, vx300s.SLEEP, duration_s=4.0)
    sleep = PoseMove(back, name='sleep', ends_in=ArmState.STOPPED, now_s=0.0)
    assert move().objection(-0.01, -0.005, Obstacles(0.0, FREE)) == ''
    assert sleep.objection(-0.01, -0.005, Obstacles(0.0, FREE), may_end_inside=True) == ''
    assert 'into the upper arm' in sleep.objection(-0.01, -0.005, Obstacles(0.0, FREE))


def test_an_elbow_close_to_the_table_does_not_allow_the_fingers_into_a_post():
    left, right = (vx300s.SLEEP + np.eye(6)[0] * side for side in (0.8, -0.8))
    motion = JointMotion(left, right, duration_s=4.0)
    swing = PoseMove(motion, name='sleep', ends_in=ArmState.STOPPED, now_s=0.0)
    post = np.array([[0.19, -0.01, 0.0, 0.25, 0.01, 0.5]])
    above = Obstacles(0.0, FREE).depths(left[None])[0, TABLE]
    assert CAPSULES[above.argmax()].name == 'elbow'
    assert 'the fingers into keep-out box 0' in swing.objection(
        -0.01, -0.005, Obstacles(0.0, post), may_end_inside=True
    )


def test_a_path_that_takes_the_fingers_through_the_table_is_refused():
    # The hand passes from pointing ahead to pointing back, with its tips down half way.
    low = inverse_kinematics.solve(tool_down(0.05), vx300s.BRIDGE_START_JOINTS).q
    back, ahead = (low + np.eye(6)[4] * turn for turn in (0.5, -0.5))
    swing = way(back, ahead)
    assert swing.objection(-0.01, -0.005, Obstacles(-1.0, FREE)) == ''
    assert swing.objection(-0.01, 0.01, Obstacles(-1.0, FREE)).startswith(
        'the direct path to home takes the fingers down to z = 0.003 m, into the table'
    )


def test_a_pose_with_the_fingers_in_the_table_is_refused_but_may_be_left():
    high, low = (
        inverse_kinematics.solve(tool_down(height), vx300s.BRIDGE_START_JOINTS).q
        for height in (0.15, 0.03)
    )
    assert 'into the table' in way(high, low).objection(-0.01, -0.005, Obstacles(0.0, FREE))
    assert way(low, high).objection(-0.01, -0.005, Obstacles(0.0, FREE)) == ''


def way(start, goal):
    motion = JointMotion(start, goal, duration_s=4.0)
    return PoseMove(motion, name='home', ends_in=ArmState.HOLDING, now_s=0.0)


def tool_down(height):
    pose = kinematics.forward(vx300s.BRIDGE_START_JOINTS)
    pose[2, 3] = height
    return pose


@pytest.mark.parametrize(('scale', 'elapsed_s'), [(1.0, 1.02), (0.2, 1.004), (0.0, 1.0)])
def test_the_time_of_a_move_passes_at_the_speed_scale(scale, elapsed_s):
    under_way = move()
    under_way.advance(1.0, 20.0)
    _, found_s = under_way.goal(20.02, control_period_s=0.02, speed_scale=scale)
    assert found_s == pytest.approx(elapsed_s)
