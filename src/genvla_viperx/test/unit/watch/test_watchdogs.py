# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""All watches in their order: which alarm is raised, and what it does."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.states import ArmState
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Rule
from genvla_viperx.watch.goal_tracking import GoalTracker
from genvla_viperx.watch.hardware_errors import FaultLatch
from genvla_viperx.watch.joint_states import ArmMonitor, JointSample
from genvla_viperx.watch.watchdogs import Watchdogs

SAMPLE = JointSample(100.0, vx300s.BRIDGE_START_JOINTS)


@pytest.fixture
def faults():
    return FaultLatch()


@pytest.fixture
def make_watchdogs(faults):
    def make(**limits):
        config = SafetyConfig(**limits)
        return Watchdogs(config, ArmMonitor(config), GoalTracker(config), faults)

    return make


def look(watchdogs, now_s, state=ArmState.EXECUTING):
    return watchdogs.look(SAMPLE, now_s, state, has_to_arrive=False)


def test_a_silent_policy_raises_an_alarm_that_is_not_latched(make_watchdogs):
    watchdogs = make_watchdogs(heartbeat_timeout_s=0.3)
    watchdogs.take_heartbeat(100.0)
    assert look(watchdogs, 100.3) is None
    alarm = look(watchdogs, 100.31)
    assert (alarm.rule, alarm.is_latched) == (Rule.HEARTBEAT_LOST, False)


@pytest.mark.parametrize('state', [ArmState.HOLDING, ArmState.MOVING, ArmState.STOPPED])
def test_a_silent_policy_matters_only_while_a_chunk_is_executed(make_watchdogs, state):
    assert look(make_watchdogs(), 100.0, state) is None


@pytest.mark.parametrize(
    ('held', 'after_s', 'released'), [(True, 0.19, False), (True, 0.21, True), (False, 0.0, True)]
)
def test_the_switch_is_released_by_a_message_or_by_silence(
    make_watchdogs, held, after_s, released
):
    watchdogs = make_watchdogs(dead_man_timeout_s=0.2)
    watchdogs.take_dead_man(held, 100.0)
    assert bool(watchdogs.objection_to_motion(100.0 + after_s)) is released
    alarm = look(watchdogs, 100.0 + after_s, ArmState.MOVING)
    assert (alarm is not None and alarm.rule is Rule.DEAD_MAN) is released


def test_a_clock_that_is_set_releases_the_switch_and_silences_the_policy(make_watchdogs):
    watchdogs = make_watchdogs(dead_man_timeout_s=0.2)
    watchdogs.take_dead_man(True, 100.0)
    watchdogs.take_heartbeat(100.0)
    watchdogs.clock_was_set()
    assert 'dead-man switch' in watchdogs.objection_to_motion(100.0)
    assert 'no heartbeat' in watchdogs.objection_to_chunk(100.0)


def test_a_hardware_error_comes_before_a_silent_policy_and_is_latched(make_watchdogs, faults):
    faults.report({'elbow': 1 << 5})
    alarm = look(make_watchdogs(), 100.0)
    assert (alarm.rule, alarm.is_latched) == (Rule.HARDWARE_ERROR, True)
    assert look(make_watchdogs(), 100.0, ArmState.STOPPED) is None


@pytest.mark.parametrize('offset_s', [0.0, 50.0])
def test_a_heartbeat_that_has_waited_in_a_queue_does_not_count(make_watchdogs, offset_s):
    watchdogs = make_watchdogs(heartbeat_timeout_s=0.3)
    watchdogs.take_heartbeat(100.0, 99.99 + offset_s)
    assert look(watchdogs, 100.0) is None
    assert watchdogs.youngest_heartbeat_s == pytest.approx(0.01 - offset_s)
    watchdogs.take_heartbeat(105.0, 100.09 + offset_s)
    assert look(watchdogs, 105.0).rule is Rule.HEARTBEAT_LOST
    watchdogs.take_heartbeat(105.1, 105.09 + offset_s)
    assert look(watchdogs, 105.1) is None


def test_a_goal_that_the_arm_does_not_reach_is_tracked_only_in_motion(make_watchdogs):
    config = SafetyConfig()
    goal = GoalTracker(config)
    watchdogs = Watchdogs(config, ArmMonitor(config), goal, FaultLatch())
    goal.sent(SAMPLE.q + 0.9 * np.eye(6)[2], 100.0)
    found = {}
    for state in (ArmState.MOVING, ArmState.HOLDING):
        for now_s in (100.0, 100.8):
            found[state] = look(watchdogs, now_s, state)
    assert found[ArmState.MOVING].rule is Rule.TRACKING
    assert found[ArmState.MOVING].reason.startswith('elbow did not move as commanded')
    assert found[ArmState.HOLDING] is None


@pytest.mark.parametrize(
    ('unheard', 'rivals', 'rule'),
    [
        ('nobody listens', '', Rule.COMMANDS_UNHEARD),
        ('', 'another node commands', Rule.RIVAL_COMMANDER),
    ],
)
def test_an_arm_does_not_move_if_commands_are_lost_or_another_node_sends_some(
    make_watchdogs, unheard, rivals, rule
):
    watchdogs = make_watchdogs(heartbeat_timeout_s=0.0)
    watchdogs.take_wiring(unheard, rivals)
    alarm = look(watchdogs, 100.0)
    assert (alarm.rule, alarm.is_latched, alarm.reason) == (rule, True, unheard or rivals)
    assert look(watchdogs, 100.0, ArmState.HOLDING) is None
    assert watchdogs.objection_to_chunk(100.0) == (unheard or rivals)
    watchdogs.take_wiring('', '')
    assert look(watchdogs, 100.0) is None
    assert watchdogs.objection_to_motion(100.0) == ''
