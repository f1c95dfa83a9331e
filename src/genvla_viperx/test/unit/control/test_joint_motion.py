# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A joint motion starts and ends at rest and keeps to its speed."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import kinematics, vx300s
from genvla_viperx.control.joint_motion import JointMotion

START = vx300s.BRIDGE_START_JOINTS


def motion_to(goal, max_speed=0.5):
    return JointMotion.within_speed(START, goal, max_speed=max_speed, min_duration_s=0.25)


def test_it_begins_at_the_start_and_stays_at_the_goal():
    motion = motion_to(vx300s.SLEEP)
    np.testing.assert_array_equal(motion.at(-1.0), START)
    np.testing.assert_array_equal(motion.at(0.0), START)
    np.testing.assert_allclose(motion.at(motion.duration_s), vx300s.SLEEP, atol=1e-15)
    np.testing.assert_allclose(motion.at(99.0), vx300s.SLEEP, atol=1e-15)


def test_its_peak_speed_is_the_one_asked_for():
    motion = motion_to(vx300s.SLEEP, max_speed=0.5)
    times_s = np.linspace(0.0, motion.duration_s, 2001)
    speeds = np.diff([motion.at(time_s) for time_s in times_s], axis=0) / np.diff(times_s)[0]
    assert np.abs(speeds).max() == pytest.approx(0.5, rel=1e-4)
    assert np.abs(speeds[[0, -1]]).max() < 1e-5


def test_a_motion_to_where_the_arm_is_takes_the_shortest_duration():
    assert motion_to(START).duration_s == 0.25


def test_the_way_to_sleep_stays_above_the_table():
    assert motion_to(vx300s.SLEEP).lowest_tool_height() == pytest.approx(0.1054, abs=1e-4)


def test_the_lowest_height_is_found_between_the_ends():
    low, high = START.copy(), START.copy()
    low[4], high[4] = 0.2, 2.2
    motion = JointMotion(low, high, 1.0)
    ends = [kinematics.forward(q)[2, 3] for q in (low, high)]
    assert motion.lowest_tool_height() < min(ends) - 0.02
