# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An arm is halted on its commanded path, or else where it can come to rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_viperx.arm import fingers, kinematics, vx300s
from genvla_viperx.arm.inverse_kinematics import solve
from genvla_viperx.control.halt import place_to_hold
from genvla_viperx.safety.config import SafetyConfig

CONFIG = SafetyConfig()
START = vx300s.BRIDGE_START_JOINTS
WAIST, SHOULDER = np.eye(6)[0], np.eye(6)[1]
STILL = np.zeros(6)


def test_an_arm_that_sags_at_its_goal_keeps_the_goal():
    place = place_to_hold(START + 0.04 * SHOULDER, STILL, [START], CONFIG)
    np.testing.assert_array_equal(place, START)


def test_an_arm_on_its_path_is_held_where_it_has_got_to_without_its_sag():
    way = [START, START + 0.2 * WAIST]
    place = place_to_hold(START + 0.1 * WAIST + 0.04 * SHOULDER, STILL, way, CONFIG)
    np.testing.assert_allclose(place, START + 0.1 * WAIST, atol=1e-12)


def test_a_moving_arm_is_held_ahead_but_not_beyond_its_goal():
    way = [START, START + 0.2 * WAIST]
    # 1 rad/s is braked within 0.1 s, over 1 * 0.1 / 2 rad.
    place = place_to_hold(START + 0.1 * WAIST, WAIST, way, CONFIG)
    np.testing.assert_allclose(place, START + 0.15 * WAIST, atol=1e-12)
    place = place_to_hold(START + 0.18 * WAIST, WAIST, way, CONFIG)
    np.testing.assert_allclose(place, START + 0.2 * WAIST, atol=1e-12)


def test_an_arm_off_its_path_is_held_where_it_is():
    elsewhere = START + 0.5 * SHOULDER
    np.testing.assert_array_equal(place_to_hold(elsewhere, STILL, [START], CONFIG), elsewhere)
    np.testing.assert_array_equal(place_to_hold(elsewhere, STILL, [], CONFIG), elsewhere)


@pytest.mark.parametrize('speed', [1e3, -1e3])
def test_an_impossible_speed_counts_as_the_highest_allowed_one(speed):
    place = place_to_hold(START, speed * WAIST, [], CONFIG)
    np.testing.assert_allclose(np.abs(place - START).max(), np.pi * 0.1 / 2)


@given(st.floats(0, 1), st.floats(0, 0.08), st.floats(-5, 5))
def test_fingers_above_the_table_are_not_halted_inside_it(share, sag, speed):
    heights = (0.15, 0.0416)
    way = [at_height(height) for height in heights]
    measured = way[0] + share * (way[1] - way[0]) + sag * SHOULDER
    place = place_to_hold(measured, speed * SHOULDER, way, CONFIG)
    assert fingers.lowest_point(kinematics.forward(place)) >= -0.005 - 1e-9


def at_height(height):
    pose = kinematics.forward(START)
    pose[2, 3] = height
    return solve(pose, START).q
