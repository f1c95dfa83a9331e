# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Detect an arm that was commanded to move, but does not."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.watch.joint_states import JointSample
from genvla_viperx.watch.motion import MotionWatch

HERE = vx300s.BRIDGE_START_JOINTS
ELSEWHERE = HERE + 0.3
MOVE_TIME_S = 0.25
TICK_RAD = 2 * np.pi / 4096


def stopped_after_s(goals, readings=lambda i: HERE, period_s=0.05, move_time_s=MOVE_TIME_S):
    """Return when an arm that is sent goals one by one is found still [s]; None: never."""
    watch = MotionWatch(move_time_s)
    for i, goal in enumerate(goals):
        if watch.is_still(JointSample(stamp_s=100 + period_s * i, q=readings(i)), goal):
            return period_s * i
    return None


def flickering(i):
    return HERE + TICK_RAD * (i % 2)


@pytest.mark.parametrize('readings', [lambda i: HERE, flickering])
@pytest.mark.parametrize('goals', [[HERE] + [ELSEWHERE] * 10, [ELSEWHERE] + [HERE + 0.1] * 10])
def test_a_moving_goal_must_change_the_readings(goals, readings):
    assert stopped_after_s(goals, readings) == pytest.approx(0.3, abs=0.03)


def test_steps_of_five_millimetres_are_seen():
    steps = [HERE + 0.4 + 0.0125 * i for i in range(4)]
    assert stopped_after_s([goal for goal in steps for _ in range(4)]) < 0.5


def test_a_policy_that_moves_back_and_forth_does_not_hide_an_arm_that_never_moves():
    goals = [HERE + 0.05 * (-1) ** (i // 4) for i in range(40)]
    assert stopped_after_s(goals, flickering) <= 1.0


def test_time_between_two_chunks_counts():
    # A single-step chunk every quarter of a second; the goal stays in between.
    goals = [HERE + 0.02 * (i // 5) for i in range(40)]
    assert stopped_after_s(goals, flickering) <= 0.75


def test_an_arm_that_follows_late_and_slowly_is_not_still():
    # 0.2 of the speed: a millimetre in a step, which the readings follow 0.25 s later.
    goals = [HERE + 0.003 * (i // 4) for i in range(400)]

    def late(i):
        return np.round(goals[max(i - 5, 0)] / TICK_RAD) * TICK_RAD

    assert stopped_after_s(goals, late) is None


def test_an_arm_with_a_long_profile_may_follow_as_late_as_that():
    goals = [HERE, *[ELSEWHERE] * 40]

    def late(i):
        return HERE if i < 20 else HERE + 0.01 * (i - 19)

    assert stopped_after_s(goals, late) == pytest.approx(0.3, abs=0.03)
    assert stopped_after_s(goals, late, move_time_s=1.0) is None
    assert stopped_after_s(goals, move_time_s=1.0) == pytest.approx(1.05, abs=0.03)


def test_readings_may_repeat_if_the_new_goal_is_where_the_arm_is():
    # As if the driver was away while the arm was moved home.
    assert stopped_after_s([ELSEWHERE] + [HERE] * 20) is None


def test_readings_may_repeat_at_rest_beside_the_goal():
    assert stopped_after_s([HERE + 0.09] * 100) is None


def test_readings_may_repeat_without_commands():
    assert stopped_after_s([HERE, *[None] * 20, *[ELSEWHERE] * 5]) is None


def test_the_first_goal_is_measured_from_where_the_arm_is():
    assert stopped_after_s([None, *[ELSEWHERE] * 10]) == pytest.approx(0.3, abs=0.06)


def test_no_motion_is_expected_from_forgotten_goals():
    watch = MotionWatch(MOVE_TIME_S)
    for i in range(100):
        assert not watch.is_still(JointSample(stamp_s=0.05 * i, q=HERE), HERE + 0.05 * (i % 2))
        if i % 4 == 0:
            watch.forget()


@pytest.mark.parametrize('is_under_way', [True, False])
def test_an_arm_that_stands_still_half_way_is_detected_only_while_it_should_move(is_under_way):
    watch = MotionWatch(MOVE_TIME_S)
    found = [
        watch.is_still(
            JointSample(stamp_s=0.05 * i, q=HERE), HERE + 0.15, is_under_way=is_under_way
        )
        for i in range(10)
    ]
    assert any(found) is is_under_way


@pytest.mark.parametrize('jump_s', [100.0, -50.0])
def test_setting_the_clock_does_not_count_as_elapsed_time(jump_s):
    watch = MotionWatch(MOVE_TIME_S)
    stamps_s = [100.0, 100.05, 100.1 + jump_s, 100.15 + jump_s]
    goals = [HERE, ELSEWHERE, ELSEWHERE, ELSEWHERE]
    for stamp_s, goal in zip(stamps_s, goals, strict=True):
        assert not watch.is_still(JointSample(stamp_s=stamp_s, q=HERE), goal)
