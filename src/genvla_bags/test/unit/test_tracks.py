# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the arm was, what it was told, and where the camera is."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from genvla_bags.camera_view import CameraView, mount_of
from genvla_bags.delta_track import DeltaTrack
from genvla_bags.joint_track import JointSamples, JointTrack
from genvla_bags.stamps import TopicClock
from genvla_viperx.arm.end_effector_delta import apply_delta
from genvla_viperx.arm.inverse_kinematics import solve
from genvla_viperx.arm.kinematics import forward
from genvla_viperx.arm.vx300s import BRIDGE_START_JOINTS, JOINT_NAMES


def test_commands_belong_to_the_period_in_which_they_were_given():
    track = DeltaTrack(np.array([0.05, 0.15, 0.45]), np.arange(21.0).reshape(3, 7))
    actions = track.commanded(0.0, num_steps=3, period_s=0.2)
    np.testing.assert_array_equal(actions[0], np.arange(7.0))
    assert np.isnan(actions[1]).all()
    np.testing.assert_array_equal(actions[2], np.arange(14.0, 21.0))


def test_reached_actions_lead_from_pose_to_pose():
    action = np.array([0.02, -0.01, 0.015, 0.0, 0.0, 0.1, 0.4])
    start = BRIDGE_START_JOINTS
    end = solve(apply_delta(forward(start), action), start).q
    track = JointTrack(np.array([10.0, 10.2]), np.stack([start, end]), np.array([1.0, 0.4]))
    reached = track.reached_actions(10.0, num_steps=2, period_s=0.2)
    np.testing.assert_allclose(reached[0], action, atol=1e-6)
    assert np.isnan(reached[1]).all()


def test_in_a_gap_of_joint_states_nothing_is_known():
    track = JointTrack(np.array([0.0, 0.2, 1.0]), np.zeros((3, 6)), np.ones(3))
    assert track.q_at(0.1) is not None
    assert track.q_at(0.6) is None
    assert track.q_at(-0.1) is None


def joint_state(time_s, q):
    stamp = SimpleNamespace(sec=int(time_s), nanosec=round(time_s % 1 * 1e9))
    return SimpleNamespace(
        header=SimpleNamespace(stamp=stamp), name=list(JOINT_NAMES), position=list(q)
    )


def test_what_the_driver_made_up_after_a_failed_read_is_left_out():
    samples = JointSamples('/joint_states')
    for number, q in enumerate([np.zeros(6), np.full(6, -np.pi), np.full(6, np.nan), np.ones(6)]):
        samples.take(joint_state(100.0 + 0.1 * number, q), 100.0 + 0.1 * number)
    track = samples.track()
    np.testing.assert_array_equal(track.q_NJ, [np.zeros(6), np.ones(6)])
    [notice] = samples.notices
    assert '2 messages of /joint_states are left out' in notice
    assert '-pi' in notice


def test_stamps_that_drift_are_not_believed_and_steady_ones_are():
    steady, jumping = TopicClock('/a'), TopicClock('/b')
    for number in range(1, 10):
        steady.watch(number, number + 0.3)
        jumping.watch(number - (50 if number > 5 else 0), number)
    assert steady.time_s(3.0, 3.3) == 3.0
    assert jumping.time_s(3.0, 3.3) == 3.3
    assert 'jump by 50.0 s' in jumping.notice


def test_a_point_ahead_of_the_camera_is_in_the_middle():
    view = CameraView(np.array([[500.0, 0, 320], [0, 500, 240], [0, 0, 1]]), np.eye(4), 640, 480)
    pixels = view.project(np.array([[0.0, 0.0, 1.0], [0.1, 0.0, 1.0], [0.0, 0.0, -1.0]]))
    np.testing.assert_allclose(pixels[:2], [[320, 240], [370, 240]])
    assert np.isnan(pixels[2]).all()


def link(parent, child, x):
    """A transform along x."""
    return SimpleNamespace(
        header=SimpleNamespace(frame_id=parent),
        child_frame_id=child,
        transform=SimpleNamespace(
            translation=SimpleNamespace(x=x, y=0.0, z=0.0),
            rotation=SimpleNamespace(x=0.0, y=0.0, z=0.0, w=1.0),
        ),
    )


def test_a_mount_is_the_chain_of_its_transforms():
    links = [link('vx300s/base_link', 'table', 0.3), link('table', 'camera', 0.2)]
    np.testing.assert_allclose(mount_of(links, camera_frame='camera')[:3, 3], [0.5, 0.0, 0.0])
    assert mount_of(links[1:], camera_frame='camera') is None


def test_a_view_fits_pictures_of_its_shape_at_any_size():
    view = CameraView(np.eye(3), np.eye(4), 640, 480)
    assert view.fits(np.zeros((480, 640, 3), np.uint8))
    assert view.fits(np.zeros((240, 320, 3), np.uint8))
    assert not view.fits(np.zeros((360, 640, 3), np.uint8))
