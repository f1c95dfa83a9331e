# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Readings that do not change."""

from __future__ import annotations

import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.watch.frozen import FrozenWatch
from genvla_viperx.watch.joint_states import JointSample

HERE = vx300s.BRIDGE_START_JOINTS
ELSEWHERE = HERE + 0.3


def is_frozen(goals, period_s=0.05):
    """Whether it is found of an arm that reads HERE for ever, and is sent goals one by one."""
    watch = FrozenWatch()
    return any(
        watch.is_frozen(JointSample(stamp_s=period_s * i, q=HERE), goal)
        for i, goal in enumerate(goals)
    )


@pytest.mark.parametrize('goals', [[HERE] + [ELSEWHERE] * 10, [ELSEWHERE] + [HERE + 0.1] * 10])
def test_a_goal_that_moves_has_to_move_the_readings(goals):
    assert is_frozen(goals)


def test_steps_of_five_millimetres_are_seen():
    steps = [HERE + 0.4 + 0.0125 * i for i in range(4)]
    assert is_frozen([goal for goal in steps for _ in range(4)][:10])  # within half a second


def test_an_arm_that_is_where_it_is_newly_told_to_be_may_repeat_itself():
    # As when the driver was away, and the arm has been brought home meanwhile.
    assert not is_frozen([ELSEWHERE] + [HERE] * 20)


def test_an_arm_that_is_told_nothing_may_repeat_itself():
    assert not is_frozen([HERE, None, None, None, ELSEWHERE])
