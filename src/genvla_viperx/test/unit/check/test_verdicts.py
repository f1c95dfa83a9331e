# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Findings about an arm from small test moves."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_command.findings import report
from genvla_viperx.arm import kinematics, vx300s
from genvla_viperx.arm.end_effector_delta import apply_delta
from genvla_viperx.check import verdicts

HOME = kinematics.forward(vx300s.BRIDGE_START_JOINTS)


def moved(**along):
    action = np.zeros(7)
    for axis, value in along.items():
        action[verdicts.AXES.index(axis)] = value
    return apply_delta(HOME, action)


@pytest.mark.parametrize('axis', range(6))
def test_a_correct_move_is_fine(axis):
    name = verdicts.AXES[axis]
    after = moved(**{name: 0.9 * verdicts.MOVE[axis]})
    assert verdicts.judge_move(axis, HOME, after).objection == ''


@pytest.mark.parametrize('axis', range(6))
@pytest.mark.parametrize(
    ('share', 'says'),
    [(-1.0, 'wrong direction'), (0.0, 'did not move'), (0.4, 'distance'), (2, 'distance')],
)
def test_a_wrong_move_is_described(axis, share, says):
    after = moved(**{verdicts.AXES[axis]: share * verdicts.MOVE[axis]})
    assert says in verdicts.judge_move(axis, HOME, after).objection


@pytest.mark.parametrize('axis', ['x', 'z', 'yaw'])
@pytest.mark.parametrize('other', [{'y': 0.02}, {'pitch': 0.15}])
def test_motion_in_another_direction_is_reported(axis, other):
    index = verdicts.AXES.index(axis)
    after = moved(**{axis: verdicts.MOVE[index]}, **other)
    assert 'other directions' in verdicts.judge_move(index, HOME, after).objection


def test_fingers():
    assert verdicts.judge_gripper(1.0, vx300s.FINGER_OPEN).objection == ''
    assert 'gripper_mode' in verdicts.judge_gripper(0.0, vx300s.FINGER_OPEN).objection


def test_latency():
    assert verdicts.judge_latency([0.1, 0.5, 0.12]).objection == ''
    assert 'latency_timer' in verdicts.judge_latency([0.5]).objection
    assert 'never moved' in verdicts.judge_latency([]).objection


def test_latency_at_reduced_speed_is_reported_but_not_judged():
    found = verdicts.judge_latency([0.5], speed_scale=0.2)
    assert 'at speed_scale 0.2' in found.measured
    assert found.objection == ''


def test_an_arm_that_hangs_below_its_goal_sags():
    told = vx300s.BRIDGE_START_JOINTS
    assert verdicts.judge_sag(told, told).objection == ''
    sagging = verdicts.judge_sag(told, told + np.array([0, 0.1, 0, 0, 0, 0]))
    assert 'shoulder 0.100 rad off' in sagging.measured
    assert 'P_Gain' in sagging.objection


# Interbotix's config/vx300s.yaml.
LOWER_TICKS = [0, 841, 898, 0, 830, 0]
UPPER_TICKS = [4095, 2867, 3094, 4095, 3504, 4095]


def test_the_limits_that_interbotix_writes_are_those_of_the_urdf():
    found = verdicts.judge_servo_limits(LOWER_TICKS, UPPER_TICKS)
    assert len(found) == 6
    assert not any(finding.objection for finding in found)


def test_a_servo_that_would_ignore_goals_is_named():
    found = verdicts.judge_servo_limits([0, 1024, *LOWER_TICKS[2:]], UPPER_TICKS)
    assert [bool(finding.objection) for finding in found] == [False, True, *[False] * 4]
    assert found[1].measured == '-1.57 to +1.26 rad'
    assert 'load_configs' in found[1].objection


def test_a_driver_without_servo_limits_is_not_judged():
    assert verdicts.judge_servo_limits([], []) == []


def test_wrong_homing_offsets_show_in_the_sleep_pose():
    assert verdicts.judge_start(vx300s.SLEEP).objection == ''
    askew = vx300s.SLEEP + np.array([0, 0, 0, 0, 0.3, 0])
    assert 'wrist_angle' in verdicts.judge_start(askew).objection


def test_an_arm_outside_its_sleep_pose_may_be_anywhere_inside_its_limits():
    assert verdicts.judge_start(vx300s.BRIDGE_START_JOINTS).objection == ''
    beyond = vx300s.BRIDGE_START_JOINTS + np.array([0, 0, 1.3, 0, 0, 0])
    assert 'elbow' in verdicts.judge_start(beyond).objection


def test_the_report_counts_the_findings_that_need_a_look():
    good, bad = verdicts.judge_latency([0.1]), verdicts.judge_latency([])
    assert 'all is well' in report([good], 'Arm')
    assert '1 of 2 need a look' in report([good, bad], 'Arm')
