# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An arm that is far from its goal for too long does not follow it."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.watch.goal_tracking import GoalTracker

START = vx300s.BRIDGE_START_JOINTS


@pytest.fixture
def tracker():
    tracker = GoalTracker(SafetyConfig())
    tracker.sent(START + 0.6 * np.eye(6)[2], 10.0)
    return tracker


def astray(tracker, now_s, q=START, has_to_arrive=False):
    return tracker.astray(q, now_s, has_to_arrive=has_to_arrive)


def test_joints_that_stay_behind_are_named_after_the_profile_time_and_half_a_second(tracker):
    assert astray(tracker, 10.0) == ()
    assert astray(tracker, 10.74) == ()
    assert astray(tracker, 10.76) == ('elbow',)


def test_an_arm_that_catches_up_in_between_is_not_astray(tracker):
    astray(tracker, 10.0)
    astray(tracker, 10.5, q=START + 0.3)
    assert astray(tracker, 11.0) == ()


def test_a_last_goal_has_to_be_reached_more_closely(tracker):
    close = START + 0.4 * np.eye(6)[2]
    for now_s in (10.0, 10.8):
        assert astray(tracker, now_s, q=close) == ()
    astray(tracker, 11.0, q=close, has_to_arrive=True)
    assert astray(tracker, 11.8, q=close, has_to_arrive=True) == ('elbow',)


def test_an_arm_without_a_goal_has_arrived():
    tracker = GoalTracker(SafetyConfig())
    assert tracker.has_arrived(START)
    assert astray(tracker, 99.0) == ()
    assert tracker.is_resting(0.0)


def test_a_lowered_speed_scale_applies_once_earlier_goals_had_time_to_be_reached():
    tracker = GoalTracker(SafetyConfig())
    assert tracker.speed_scale(10.0) == 0.0
    tracker.sent(START, 10.0, speed_scale=0.9)
    tracker.sent(START, 10.2, speed_scale=0.2)
    assert [tracker.speed_scale(now_s) for now_s in (10.3, 10.69, 10.71)] == [0.9, 0.9, 0.2]


@pytest.mark.parametrize(('speed_scale', 'found'), [(1.0, ()), (0.2, ('elbow',))])
def test_an_arm_that_was_sent_slowly_is_astray_closer_to_its_goal(speed_scale, found):
    tracker = GoalTracker(SafetyConfig())
    tracker.sent(START + 0.3 * np.eye(6)[2], 10.0, speed_scale)
    assert astray(tracker, 10.0) == ()
    assert astray(tracker, 10.8) == found
