# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Convert the arm's data to messages and back."""

from __future__ import annotations

from math import nan

from builtin_interfaces.msg import Duration, Time
from genvla_msgs.msg import ActionChunk, EndEffectorDelta
from geometry_msgs.msg import Vector3
import numpy as np
import pytest
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

from genvla_viperx.arm import kinematics, vx300s
from genvla_viperx.arm.gripper import GripperMode
from genvla_viperx.ros import conversions
from genvla_viperx.safety.refusal import Rule

NAMES = [*vx300s.JOINT_NAMES, 'gripper', 'left_finger', 'right_finger']


def joint_state(**fields):
    header = Header(stamp=Time(sec=5, nanosec=500_000_000))
    position = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.0, 0.039, -0.039]
    return JointState(**{'header': header, 'name': NAMES, 'position': position} | fields)


def chunk_message(**fields):
    delta = EndEffectorDelta(
        translation=Vector3(x=1.0, y=2.0, z=3.0),
        rotation=Vector3(x=4.0, y=5.0, z=6.0),
        gripper=nan,
    )
    return ActionChunk(
        **{
            'header': Header(stamp=Time(sec=7), frame_id='base'),
            'sequence': 3,
            'instruction': 'pick the corn',
            'step_period': Duration(nanosec=200_000_000),
            'actions': [delta, delta],
        }
        | fields
    )


def test_a_joint_state_becomes_a_sample():
    sample = conversions.JointStateReader().read(joint_state(effort=[float(n) for n in range(9)]))
    assert sample.stamp_s == 5.5
    np.testing.assert_array_equal(sample.q, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    np.testing.assert_array_equal(sample.effort_ma, [0, 1, 2, 3, 4, 5])
    assert sample.finger_m == 0.039


def test_joints_are_found_by_name_in_any_order():
    message = joint_state(name=NAMES[::-1])
    message.position = message.position[::-1]
    sample = conversions.JointStateReader().read(message)
    np.testing.assert_array_equal(sample.q, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])


def test_velocity_and_effort_may_be_empty():
    sample = conversions.JointStateReader().read(joint_state(velocity=[], effort=[]))
    assert sample.effort_ma is None


def test_fingers_may_be_missing():
    message = joint_state(name=NAMES[:6], position=[0.0] * 6)
    assert conversions.JointStateReader().read(message).finger_m is None


@pytest.mark.parametrize(
    ('fields', 'said'),
    [
        ({'name': ['waist', 'elbow']}, 'lacks shoulder, forearm_roll, wrist_angle, wrist_rotate'),
        ({'name': []}, 'its names: none'),
        ({'position': [0.0, 0.0]}, '2 positions for 9 names'),
        ({'position': []}, '0 positions for 9 names'),
    ],
)
def test_an_incomplete_joint_state_is_refused_and_the_missing_joints_named(fields, said):
    refusal = conversions.JointStateReader().read(joint_state(**fields))
    assert refusal.rule is Rule.JOINT_STATE_INCOMPLETE
    assert said in refusal.message


def test_a_chunk_message_becomes_a_chunk():
    chunk = conversions.chunk_from_msg(chunk_message(), 'base')
    assert (chunk.stamp_s, chunk.step_period_s, chunk.sequence) == (7.0, 0.2, 3)
    assert chunk.instruction == 'pick the corn'
    np.testing.assert_array_equal(chunk.actions, [[1, 2, 3, 4, 5, 6, nan]] * 2)


def test_a_chunk_without_actions_keeps_its_width():
    assert conversions.chunk_from_msg(chunk_message(actions=[]), 'base').actions.shape == (0, 7)


def test_a_chunk_in_another_frame_is_refused_by_name():
    refusal = conversions.chunk_from_msg(chunk_message(), 'vx300s/base_link')
    assert refusal.rule is Rule.CHUNK_FRAME
    assert "frame 'base', expected 'vx300s/base_link'" in refusal.message


def test_a_pose_survives_the_round_trip():
    for q in np.random.default_rng(0).uniform(vx300s.JOINT_LOWER, vx300s.JOINT_UPPER, (50, 6)):
        pose = kinematics.forward(q)
        again = conversions.pose_from_msg(conversions.pose_to_msg(pose))
        np.testing.assert_allclose(again, pose, atol=1e-12)


def test_commands_name_the_drivers_group_and_the_gripper():
    command = conversions.group_command_to_msg(vx300s.SLEEP)
    assert command.name == 'arm'
    np.testing.assert_allclose(command.cmd, vx300s.SLEEP, rtol=1e-6)
    gripper = conversions.gripper_command_to_msg(0.042, GripperMode.LINEAR_POSITION)
    assert (gripper.name, round(gripper.cmd, 6)) == ('gripper', 0.042)
    gripper = conversions.gripper_command_to_msg(0.042, GripperMode.CURRENT_BASED_POSITION)
    assert (gripper.name, round(gripper.cmd, 4)) == ('gripper', -0.4132)


def test_a_chunk_that_is_too_long_is_refused_before_it_is_read():
    refusal = conversions.chunk_from_msg(
        chunk_message(actions=[EndEffectorDelta()] * 1001), 'base'
    )
    assert refusal.rule is Rule.CHUNK_SHAPE
    assert refusal.message == (
        'chunk 3 has 1001 steps, at most 1000 are allowed; check which node publishes action_chunk'
    )
