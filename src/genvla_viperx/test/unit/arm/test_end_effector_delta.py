# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An action moves the previous target, in base axes, about the tool."""

from __future__ import annotations

from math import pi

from hypothesis import given
from hypothesis import strategies as st
import numpy as np

from genvla_viperx.arm import kinematics, vx300s
from genvla_viperx.arm.end_effector_delta import apply_delta, delta_between

START = kinematics.forward(vx300s.BRIDGE_START_JOINTS)


def test_translation_is_in_base_axes():
    moved = apply_delta(START, (0.01, -0.02, 0.03, 0, 0, 0, 1))
    np.testing.assert_allclose(moved[:3, 3] - START[:3, 3], (0.01, -0.02, 0.03), atol=1e-15)
    np.testing.assert_array_equal(moved[:3, :3], START[:3, :3])


def test_rotation_turns_about_the_tool_and_leaves_its_position():
    moved = apply_delta(START, (0, 0, 0, 0, 0, pi / 2, 1))
    np.testing.assert_array_equal(moved[:3, 3], START[:3, 3])
    # A yaw of the base axes turns the gripper's own y axis (to the left) backwards.
    np.testing.assert_allclose(moved[:3, 1], (-1, 0, 0), atol=1e-3)


def test_the_previous_target_is_left_alone():
    before = START.copy()
    apply_delta(START, (0.05, 0, 0, 0.1, 0, 0, 0))
    np.testing.assert_array_equal(START, before)


def test_the_gripper_does_not_move_the_pose():
    np.testing.assert_array_equal(apply_delta(START, (0, 0, 0, 0, 0, 0, np.nan)), START)


@given(shift=st.tuples(*[st.floats(-0.05, 0.05)] * 3), turn=st.tuples(*[st.floats(-0.5, 0.5)] * 3))
def test_the_delta_between_two_poses_moves_one_to_the_other(shift, turn):
    action = np.array([*shift, *turn, 0.25])
    np.testing.assert_allclose(
        delta_between(START, apply_delta(START, action), 0.25), action, atol=1e-9
    )
