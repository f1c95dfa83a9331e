# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Rotation representations convert to each other and back."""

from __future__ import annotations

from math import pi

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_viperx.arm import rotations

ANGLE = st.floats(-pi, pi)
PITCH = st.floats(-1.5, 1.5)


def test_roll_is_applied_first_about_the_fixed_x_axis():
    R = rotations.matrix_from_rpy((pi / 2, 0.0, pi / 2))
    np.testing.assert_allclose(R @ (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), atol=1e-15)


@given(ANGLE, PITCH, ANGLE)
def test_rpy_survives_the_round_trip(roll, pitch, yaw):
    R = rotations.matrix_from_rpy((roll, pitch, yaw))
    again = rotations.matrix_from_rpy(rotations.rpy_from_matrix(R))
    np.testing.assert_allclose(again, R, atol=1e-12)


@pytest.mark.parametrize('pitch', [pi / 2, -pi / 2])
def test_a_gripper_straight_down_has_yaw_zero(pitch):
    R = rotations.matrix_from_rpy((0.4, pitch, 0.9))
    rpy = rotations.rpy_from_matrix(R)
    assert rpy[2] == 0.0
    np.testing.assert_allclose(rotations.matrix_from_rpy(rpy), R, atol=1e-9)


@given(ANGLE, ANGLE, ANGLE)
def test_quaternion_survives_the_round_trip_with_positive_w(roll, pitch, yaw):
    R = rotations.matrix_from_rpy((roll, pitch, yaw))
    quat_xyzw = rotations.quat_xyzw_from_matrix(R)
    assert quat_xyzw[3] >= 0
    assert np.linalg.norm(quat_xyzw) == pytest.approx(1.0)
    np.testing.assert_allclose(rotations.matrix_from_quat_xyzw(quat_xyzw), R, atol=1e-12)


def test_a_quarter_turn_about_z_is_written_xyzw():
    quat_xyzw = rotations.quat_xyzw_from_matrix(rotations.matrix_from_rpy((0, 0, pi / 2)))
    np.testing.assert_allclose(quat_xyzw, (0, 0, 0.5**0.5, 0.5**0.5), atol=1e-15)


def test_a_zero_quaternion_is_refused():
    with pytest.raises(ValueError, match='identity is'):
        rotations.matrix_from_quat_xyzw((0, 0, 0, 0))


VECTORS = st.tuples(*[st.floats(-1.8, 1.8, allow_subnormal=False)] * 3)


@given(VECTORS)
def test_rotation_vectors_survive_the_round_trip(vector):
    R = rotations.matrix_from_rotation_vector(vector)
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-12)
    if np.linalg.norm(vector) < pi:
        np.testing.assert_allclose(rotations.rotation_vector_from_matrix(R), vector, atol=1e-9)


def test_a_rotation_vector_is_the_axis_times_the_angle():
    R = rotations.matrix_from_rotation_vector((0, 0, pi / 2))
    np.testing.assert_allclose(R, rotations.matrix_from_rpy((0, 0, pi / 2)), atol=1e-15)
    np.testing.assert_array_equal(rotations.rotation_vector_from_matrix(np.eye(3)), np.zeros(3))
