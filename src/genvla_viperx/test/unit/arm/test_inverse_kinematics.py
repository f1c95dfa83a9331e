# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Every reachable pose is solved exactly and inside limits; any other gives the reason."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest

from genvla_viperx.arm import kinematics, rotations, vx300s
from genvla_viperx.arm.inverse_kinematics import solve


def random_joints(count, seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(vx300s.JOINT_LOWER, vx300s.JOINT_UPPER, (count, 6))


def assert_reaches(q, pose):
    assert np.all(q >= vx300s.JOINT_LOWER)
    assert np.all(q <= vx300s.JOINT_UPPER)
    reached = kinematics.forward(q)
    assert np.linalg.norm(reached[:3, 3] - pose[:3, 3]) < 1e-6
    turn = rotations.rotation_vector_from_matrix(reached[:3, :3].T @ pose[:3, :3])
    assert np.linalg.norm(turn) < 1e-6


def test_all_of_2000_random_reachable_poses_are_solved_from_anywhere():
    for q, q_near in zip(random_joints(2000, seed=0), random_joints(2000, seed=1), strict=True):
        pose = kinematics.forward(q)
        result = solve(pose, q_near)
        assert result.q is not None, (q, result.violated)
        assert_reaches(result.q, pose)


@pytest.mark.parametrize('wrist_angle', [0.0, 1e-9, -1e-9, 1e-8, 1e-7, -1e-6, 1e-5, 1e-3])
def test_poses_around_the_wrist_singularity_are_solved(wrist_angle):
    for q in random_joints(50, seed=2):
        q[4] = wrist_angle
        pose = kinematics.forward(q)
        assert_reaches(solve(pose, np.zeros(6)).q, pose)


def test_a_straight_wrist_keeps_the_forearm_roll_of_q_near():
    q = np.array([0.3, -0.2, 0.4, 0.0, 0.0, 0.5])
    near = np.array([0.3, -0.2, 0.4, 1.2, 0.0, -0.7])
    np.testing.assert_allclose(solve(kinematics.forward(q), near).q, near, atol=1e-9)


def test_a_wrist_above_the_base_keeps_the_waist_of_q_near():
    above = wrist_above_the_base()
    near = np.array([0.7, *above[1:]])
    solved = solve(kinematics.forward(above), near).q
    assert solved[0] == pytest.approx(0.7)
    assert_reaches(solved, kinematics.forward(above))


def wrist_above_the_base():
    """The wrist centre lies on the waist axis; found by bisection over the elbow."""
    q = np.array([0.0, -1.0, 0.0, 0.3, 0.5, -0.2])
    low, high = -1.7, 1.6
    for _ in range(60):
        q[2] = (low + high) / 2
        x = kinematics.link_poses(q)[4, 0, 3]
        low, high = (low, q[2]) if x > 0 else (q[2], high)
    return q


@pytest.mark.parametrize('waist', [pi - 1e-5, -pi + 1e-5, pi - 1e-4])
def test_a_waist_at_its_limit_is_found_again(waist):
    q = np.array([waist, -0.1, 0.5, 0.1, 1.2, 0.2])
    np.testing.assert_allclose(solve(kinematics.forward(q), q).q, q, atol=1e-9)


def test_the_nearest_of_several_solutions_is_taken():
    for q in random_joints(200, seed=3):
        np.testing.assert_allclose(solve(kinematics.forward(q), q).q, q, atol=1e-6)


def test_a_pose_beyond_the_stretched_arm_is_out_of_reach():
    pose = kinematics.forward(vx300s.BRIDGE_START_JOINTS)
    pose[0, 3] = 1.2
    result = solve(pose, vx300s.BRIDGE_START_JOINTS)
    assert result.q is None
    assert result.violated == ('out of reach',)


def test_a_pose_that_needs_too_much_wrist_names_the_limit():
    q = vx300s.BRIDGE_START_JOINTS.copy()
    q[4] = 2.4
    assert solve(kinematics.forward(q), q).violated == ('wrist_angle upper limit',)


def test_a_pose_that_is_not_a_number_is_out_of_reach():
    assert solve(np.full((4, 4), np.nan), np.zeros(6)).violated == ('out of reach',)
