# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Which joint states are accepted, and what follows from them."""

from __future__ import annotations

from math import nan, pi

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Rule
from genvla_viperx.watch.joint_states import ArmMonitor, JointSample

START = vx300s.BRIDGE_START_JOINTS


def monitor_with(q=START, stamp_s=10.0):
    monitor = ArmMonitor(SafetyConfig())
    assert monitor.accept(JointSample(stamp_s, np.array(q)), now_s=stamp_s) is None
    return monitor


def test_nothing_is_known_before_the_first_joint_state():
    monitor = ArmMonitor(SafetyConfig())
    assert monitor.fresh(10.0) is None
    assert monitor.age_s(10.0) is None


def test_a_joint_state_is_fresh_until_its_timeout():
    monitor = monitor_with(stamp_s=10.0)
    np.testing.assert_array_equal(monitor.fresh(10.29).q, START)
    assert monitor.fresh(10.31) is None
    assert monitor.age_s(10.5) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ('q', 'stamp_s', 'rule'),
    [
        ([-pi] * 6, 10.01, Rule.JOINT_STATE_FAILED_READ),
        ([nan] * 6, 10.01, Rule.JOINT_STATE_FAILED_READ),
        ([0, -2.2, 0, 0, 0, 0], 10.01, Rule.JOINT_STATE_LIMITS),
        (START + 0.5, 10.01, Rule.JOINT_STATE_JUMP),
        (START, 10.0, Rule.JOINT_STATE_LATE),
        (START, 9.99, Rule.JOINT_STATE_LATE),
    ],
)
def test_an_implausible_joint_state_is_refused_and_the_last_one_stays(q, stamp_s, rule):
    monitor = monitor_with()
    assert monitor.accept(JointSample(stamp_s, np.array(q)), now_s=10.01).rule is rule
    np.testing.assert_array_equal(monitor.last.q, START)


def test_an_arm_that_was_moved_during_a_silence_is_trusted_again():
    monitor = monitor_with(stamp_s=10.0)
    assert monitor.accept(JointSample(12.0, START + 0.5), now_s=12.0) is None


def test_a_sleeping_arm_slightly_outside_its_limits_is_trusted():
    assert monitor_with(q=vx300s.SLEEP - [0, 2e-4, 0, 0, 0, 0]).fresh(10.0) is not None


def test_a_current_that_is_too_high_for_too_long_is_an_overload():
    monitor = ArmMonitor(SafetyConfig(effort_duration_s=0.1))
    blocked_ma = np.array([0, 3500.0, 0, 0, 0, 0])
    for stamp_s in (10.0, 10.05):
        monitor.accept(JointSample(stamp_s, START, effort_ma=blocked_ma), stamp_s)
    assert monitor.overloaded(10.05) == ()
    monitor.accept(JointSample(10.12, START, effort_ma=blocked_ma), 10.12)
    assert monitor.overloaded(10.12) == ('shoulder',)


def test_a_short_peak_of_current_is_not_an_overload():
    monitor = ArmMonitor(SafetyConfig(effort_duration_s=0.1))
    monitor.accept(JointSample(10.0, START, effort_ma=np.full(6, 4000.0)), 10.0)
    monitor.accept(JointSample(10.05, START, effort_ma=np.zeros(6)), 10.05)
    monitor.accept(JointSample(10.12, START, effort_ma=np.full(6, 4000.0)), 10.12)
    assert monitor.overloaded(10.12) == ()


def test_a_driver_without_currents_is_never_overloaded():
    assert monitor_with().overloaded(11.0) == ()


def read_for(monitor, q, duration_s, since_s=10.0):
    """Return the refusals of readings at 100 Hz that are all q, after one of START at since_s."""
    times_s = (since_s + 0.01 * np.arange(1, round(duration_s * 100) + 1)).tolist()
    return [monitor.accept(JointSample(time_s, np.array(q)), time_s) for time_s in times_s]


def test_a_reading_that_jumps_and_stays_there_is_not_trusted_until_it_is_checked():
    monitor = monitor_with(stamp_s=10.0)
    refusals = read_for(monitor, START + 0.9 * np.eye(6)[2], 2.0)
    assert {refusal.rule for refusal in refusals} == {Rule.JOINT_STATE_JUMP}
    assert monitor.trusted(12.0) is None
    assert monitor.displacement.startswith('elbow reads 0.90 rad away from its position')
    monitor.pardon()
    assert read_for(monitor, START + 0.9 * np.eye(6)[2], 0.1, 12.0) == [None] * 10
    assert monitor.trusted(12.1) is not None


def test_a_reading_that_jumps_and_comes_back_is_a_glitch():
    monitor = monitor_with(stamp_s=10.0)
    read_for(monitor, START + 0.9, 0.2)
    assert read_for(monitor, START, 0.5, 10.2) == [None] * 50
    assert monitor.displacement == ''


def test_an_arm_that_was_moved_while_nothing_was_read_is_trusted():
    monitor = monitor_with(stamp_s=10.0)
    read_for(monitor, START + 0.9, 0.05)
    assert monitor.accept(JointSample(10.5, START + 0.9), 10.5) is None


def test_a_joint_state_without_a_stamp_counts_from_its_arrival():
    monitor = monitor_with(stamp_s=10.0)
    times_s = np.arange(10.01, 10.5, 0.01).tolist()
    refusals = [monitor.accept(JointSample(0.0, START), now_s) for now_s in times_s]
    assert set(refusals) == {None}
    assert monitor.accept(JointSample(0.0, START + 0.9), 10.51).rule is Rule.JOINT_STATE_JUMP


def test_a_joint_state_that_has_waited_in_a_queue_is_as_old_as_its_stamp_says():
    monitor = monitor_with(stamp_s=10.0)
    assert monitor.accept(JointSample(10.05, START), 11.5) is None
    assert monitor.age_s(11.5) == pytest.approx(1.45)
    assert monitor.fresh(11.5) is None
    assert monitor.accept(JointSample(11.55, START), 11.55) is None
    assert monitor.fresh(11.55) is not None
