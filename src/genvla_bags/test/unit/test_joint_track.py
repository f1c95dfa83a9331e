# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measured poses of the arm, and the actions from pose to pose."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from genvla_bags.bag_messages import Message
from genvla_bags.joint_track import JointSamples, JointTrack, opening_of
from genvla_viperx.arm.end_effector_delta import apply_delta
from genvla_viperx.arm.gripper import finger_from_opening
from genvla_viperx.arm.inverse_kinematics import solve
from genvla_viperx.arm.kinematics import forward
from genvla_viperx.arm.vx300s import BRIDGE_START_JOINTS, JOINT_NAMES, LEFT_FINGER_NAME


def test_reached_actions_lead_from_pose_to_pose():
    action = np.array([0.02, -0.01, 0.015, 0.0, 0.0, 0.1, 0.4])
    start = BRIDGE_START_JOINTS
    end = solve(apply_delta(forward(start), action), start).q
    track = JointTrack(np.array([10.0, 10.2]), np.stack([start, end]), np.array([1.0, 0.4]))
    reached = track.reached_actions(10.0, num_steps=2, period_s=0.2)
    np.testing.assert_allclose(reached[0], action, atol=1e-6)
    assert np.isnan(reached[1]).all()


def test_actions_are_unknown_in_a_gap_of_joint_states():
    track = JointTrack(np.array([0.0, 0.2, 1.0]), np.zeros((3, 6)), np.ones(3))
    assert track.q_at(0.1) is not None
    assert track.q_at(0.6) is None
    assert track.q_at(-0.1) is None


def joint_state(time_s, q):
    stamp = SimpleNamespace(sec=int(time_s), nanosec=round(time_s % 1 * 1e9))
    return SimpleNamespace(
        header=SimpleNamespace(stamp=stamp), name=list(JOINT_NAMES), position=list(q)
    )


def test_joint_states_of_a_failed_read_are_skipped():
    samples = JointSamples('/joint_states')
    for number, q in enumerate([np.zeros(6), np.full(6, -np.pi), np.full(6, np.nan), np.ones(6)]):
        time_s = 100.0 + 0.1 * number
        samples.take(Message('/joint_states', time_s, joint_state(time_s, q)))
    track = samples.track()
    np.testing.assert_array_equal(track.q_NJ, [np.zeros(6), np.ones(6)])
    [notice] = samples.notices
    assert '2 messages of /joint_states are skipped' in notice
    assert '-pi' in notice


def test_joint_states_of_another_arm_are_skipped():
    samples = JointSamples('/joint_states')
    foreign = joint_state(1.0, np.zeros(6))
    foreign.name[0] = 'shoulder_pan_joint'
    samples.take(Message('/joint_states', 1.0, foreign))
    assert samples.track() is None
    assert '1 messages of /joint_states are skipped: they lack joints' in samples.notices[0]


def test_the_gripper_opening_is_read_from_the_finger():
    body = SimpleNamespace(name=[LEFT_FINGER_NAME], position=[finger_from_opening(0.25)])
    assert opening_of(body) == pytest.approx(0.25)
    assert np.isnan(opening_of(SimpleNamespace(name=['waist'], position=[0.0])))
