# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Forward kinematics against the manufacturer's screw axes."""

from __future__ import annotations

import numpy as np

from genvla_viperx.arm import kinematics, vx300s

# Rows (w, v) and zero pose as Interbotix gives them in mr_descriptions.vx300s.
SLIST = np.array(
    [
        [0, 0, 1, 0, 0, 0],
        [0, 1, 0, -0.12705, 0, 0],
        [0, 1, 0, -0.42705, 0, 0.05955],
        [1, 0, 0, 0, 0.42705, 0],
        [0, 1, 0, -0.42705, 0, 0.35955],
        [1, 0, 0, 0, 0.42705, 0],
    ],
    dtype=float,
)
ZERO_POSITION = (0.536494, 0.0, 0.42705)


def exponential(screw, angle):
    w, v = screw[:3], screw[3:]
    K = np.array([[0, -w[2], w[1]], [w[2], 0, -w[0]], [-w[1], w[0], 0]])
    T = np.eye(4)
    T[:3, :3] += np.sin(angle) * K + (1 - np.cos(angle)) * K @ K
    G = angle * np.eye(3) + (1 - np.cos(angle)) * K + (angle - np.sin(angle)) * K @ K
    T[:3, 3] = G @ v
    return T


def random_joints(count, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(vx300s.JOINT_LOWER, vx300s.JOINT_UPPER, (count, 6))


def test_forward_equals_the_product_of_exponentials():
    for q in random_joints(100):
        expected = np.eye(4)
        expected[:3, 3] = ZERO_POSITION
        for screw, angle in zip(SLIST[::-1], q[::-1], strict=True):
            expected = exponential(screw, angle) @ expected
        np.testing.assert_allclose(kinematics.forward(q), expected, atol=1e-14)


def test_at_zero_joints_the_arm_is_stretched_forward():
    pose = kinematics.forward(np.zeros(6))
    np.testing.assert_allclose(pose[:3, 3], ZERO_POSITION, atol=1e-12)
    np.testing.assert_array_equal(pose[:3, :3], np.eye(3))


def test_sleep_rests_close_to_the_base():
    np.testing.assert_allclose(
        kinematics.forward(vx300s.SLEEP)[:3, 3], (0.1371, 0.0, 0.1054), atol=5e-5
    )


def test_bridge_start_points_the_gripper_straight_down():
    pose = kinematics.forward(vx300s.BRIDGE_START_JOINTS)
    np.testing.assert_allclose(pose[:3, 3], (0.30, 0.0, 0.15), atol=1e-3)
    np.testing.assert_allclose(pose[:3, 0], (0.0, 0.0, -1.0), atol=1e-3)


def test_the_last_link_pose_is_the_tool():
    q = random_joints(1)[0]
    poses = kinematics.link_poses(q)
    assert poses.shape == (7, 4, 4)
    np.testing.assert_array_equal(poses[6], kinematics.forward(q))


def test_poses_of_several_joint_vectors_equal_those_of_each():
    q_K6 = np.array(random_joints(5))
    for q, poses in zip(q_K6, kinematics.link_poses_of(q_K6), strict=True):
        np.testing.assert_array_equal(kinematics.link_poses(q), poses)
