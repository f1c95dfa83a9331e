# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What small moves say of an arm."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx import arm_check, kinematics, vx300s
from genvla_viperx.end_effector_delta import apply_delta
from genvla_viperx.findings import report

HOME = kinematics.forward(vx300s.BRIDGE_START_JOINTS)


def moved(**along):
    action = np.zeros(7)
    for axis, value in along.items():
        action[arm_check.AXES.index(axis)] = value
    return apply_delta(HOME, action)


@pytest.mark.parametrize('axis', range(6))
def test_a_move_as_it_was_asked_for_is_fine(axis):
    name = arm_check.AXES[axis]
    after = moved(**{name: 0.9 * arm_check.MOVE[axis]})
    assert arm_check.judge_move(axis, HOME, after).objection == ''


@pytest.mark.parametrize('axis', range(6))
@pytest.mark.parametrize(
    ('share', 'says'),
    [(-1.0, 'wrong way'), (0.0, 'did not move'), (0.4, 'too far'), (2, 'too far')],
)
def test_a_move_that_is_wrong_says_how(axis, share, says):
    after = moved(**{arm_check.AXES[axis]: share * arm_check.MOVE[axis]})
    assert says in arm_check.judge_move(axis, HOME, after).objection


@pytest.mark.parametrize('axis', ['x', 'z', 'yaw'])
@pytest.mark.parametrize('other', [{'y': 0.02}, {'pitch': 0.15}])
def test_what_goes_another_way_is_seen(axis, other):
    index = arm_check.AXES.index(axis)
    after = moved(**{axis: arm_check.MOVE[index]}, **other)
    assert 'another way' in arm_check.judge_move(index, HOME, after).objection


def test_fingers_latency_sag_and_limits():
    assert arm_check.judge_gripper(1.0, vx300s.FINGER_OPEN).objection == ''
    assert 'linear_position' in arm_check.judge_gripper(0.0, vx300s.FINGER_OPEN).objection
    assert arm_check.judge_latency([0.1, 0.5, 0.12]).objection == ''
    assert 'latency_timer' in arm_check.judge_latency([0.5]).objection
    assert 'never moved' in arm_check.judge_latency([]).objection
    assert 'P_Gain' in arm_check.judge_sag(0.03).objection
    assert not any(f.objection for f in arm_check.judge_limits(vx300s.BRIDGE_START_JOINTS))
    assert arm_check.judge_limits(vx300s.SLEEP)[1].objection


def test_the_report_says_how_many_need_a_look():
    good = arm_check.judge_sag(0.0)
    assert 'all is well' in report([good], 'Arm')
    assert '1 of 2 need a look' in report([good, arm_check.judge_sag(0.1)], 'Arm')
