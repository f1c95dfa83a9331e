# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Silence of the policy or the driver, and motor currents."""

from __future__ import annotations

from math import nan, pi

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.states import ArmState
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Rule
from genvla_viperx.watch.joint_states import JointSample

START = vx300s.BRIDGE_START_JOINTS
OVERLOADED_MA = np.array([0, 3500.0, 0, 0, 0, 0])


def test_a_policy_that_falls_silent_in_motion_makes_the_arm_hold_within_half_a_second(bench):
    bench.chunk(steps=20)
    bench.run(0.5)
    bench.sends_heartbeats = False
    measured_before = bench.q.copy()
    silent_since_s = bench.now_s
    commands = bench.run(3.0)
    assert commands[-1][0] - silent_since_s < 0.5
    assert bench.controller.state is ArmState.HOLDING
    assert bench.counted() == {'heartbeat_lost': 1}
    assert abs(bench.tool_x(bench.q) - bench.tool_x(measured_before)) < 0.03


def test_a_chunk_without_any_heartbeat_is_refused(bench):
    bench.sends_heartbeats = False
    bench.run(0.5)
    refusal = bench.chunk()
    assert refusal.rule is Rule.CHUNK_NOT_READY
    assert 'heartbeat' in refusal.message
    assert bench.run(0.5) == []


def test_heartbeats_are_not_required_if_the_timeout_is_zero(make_bench):
    bench = make_bench(safety=SafetyConfig(heartbeat_timeout_s=0.0))
    bench.sends_heartbeats = False
    bench.run(1.0)
    assert bench.chunk(steps=1) is None
    assert len(bench.run(0.5)) == 1


def test_without_joint_states_nothing_is_sent_at_all(bench):
    bench.chunk(steps=20)
    bench.run(0.5)
    bench.sends_joint_states = False
    bench.run(0.3)
    assert bench.run(2.0) == []
    assert bench.controller.state is ArmState.FAULTED
    assert bench.counted() == {'joint_states_stale': 1}


def test_chunks_are_accepted_again_when_joint_states_return(bench):
    bench.sends_joint_states = False
    bench.run(0.8)
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY
    bench.sends_joint_states = True
    assert bench.run(0.1) == []
    assert bench.controller.state is ArmState.HOLDING
    assert bench.chunk() is None


def test_a_blocked_joint_stops_the_arm_until_an_operator_resumes(bench):
    bench.chunk(steps=20)
    # Halt it between two steps: unlike a real arm, this one jumps at a step.
    bench.run(0.25)
    bench.effort_ma = np.array([0, 0, 5000.0, 0, 0, 0])
    commands = bench.run(0.5)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.controller.reason == 'motor current too high: elbow'
    assert bench.counted() == {'effort': 1}
    assert len(commands) <= 2


def test_a_lasting_jump_of_a_reading_stops_the_arm_and_is_not_reported_as_silence(bench):
    elsewhere, controller, states = START + 0.9 * np.eye(6)[0], bench.controller, set()
    for number in range(60):
        bench.now_s += 0.01
        controller.accept_joint_sample(JointSample(bench.now_s, elsewhere), bench.now_s)
        controller.accept_heartbeat(bench.now_s)
        if number % 2:
            controller.tick(bench.now_s)
        states.add(controller.state)
    assert states == {ArmState.HOLDING, ArmState.STOPPED}
    assert controller.reason.startswith('waist reads 0.90 rad')
    assert 'joint_states_stale' not in bench.counted()


@pytest.fixture
def pressing(bench):
    """An arm whose shoulder is held 0.05 rad from its goal, and presses."""
    bench.chunk(dx=0.0, steps=1)
    bench.run(0.5)
    bench.q = START + np.array([0, -0.05, 0, 0, 0, 0])
    bench.blocked = [1]
    bench.effort_ma = OVERLOADED_MA
    return bench


def test_an_arm_that_presses_is_sent_its_measured_position(pressing):
    *_, (_, command) = pressing.run(0.5)
    assert pressing.controller.reason == 'motor current too high: shoulder'
    np.testing.assert_allclose(command.q, pressing.q, atol=1e-9)


def test_an_arm_that_presses_can_be_moved_away(pressing):
    pressing.run(0.5)
    assert pressing.controller.home(pressing.now_s).accepted
    pressing.run(0.2)
    pressing.blocked, pressing.effort_ma = [], np.zeros(6)
    pressing.run(2.0)
    np.testing.assert_allclose(pressing.q, START, atol=1e-6)
    assert pressing.counted() == {'effort': 1}


def test_an_arm_that_keeps_pressing_is_stopped_again(pressing):
    pressing.run(0.5)
    assert pressing.controller.sleep(pressing.now_s).accepted
    pressing.run(SafetyConfig().move_time_s + SafetyConfig().effort_duration_s + 0.05)
    assert pressing.controller.state is ArmState.STOPPED
    assert pressing.counted() == {'effort': 2}


@pytest.mark.parametrize('made_up', [-pi, nan])
def test_invented_joint_states_of_the_driver_do_not_move_the_arm(bench, made_up):
    bench.chunk(steps=2)
    bench.run(0.1)
    bench.controller.accept_joint_sample(
        JointSample(bench.now_s + 0.001, np.full(6, made_up)), bench.now_s
    )
    bench.controller.stop(bench.now_s)
    ((_, command),) = bench.run(0.1)
    assert np.abs(command.q - START).max() < 0.1
    assert bench.counted() == {'joint_state_failed_read': 1}


@pytest.mark.parametrize(('pause_s', 'is_stopped'), [(0.25, False), (0.35, True), (20.0, True)])
def test_a_bridge_that_was_paused_in_motion_stops_the_arm_and_reports_it(
    bench, pause_s, is_stopped
):
    bench.chunk(dx=0.02, steps=8)
    bench.run(0.3)
    bench.now_s += pause_s
    assert bench.controller.accept_pause(pause_s, bench.now_s) is is_stopped
    bench.run(0.5)
    assert (bench.controller.state is ArmState.STOPPED) is is_stopped
    if is_stopped:
        assert bench.controller.reason.startswith(f'the bridge was paused for {pause_s:.1f}')
        assert bench.counted()['bridge_paused'] == 1
        assert bench.run(2.0) == []


def test_a_bridge_that_was_paused_while_the_arm_was_holding_continues(bench):
    bench.now_s += 5.0
    assert bench.controller.accept_pause(5.0, bench.now_s)
    bench.run(0.1)
    assert bench.controller.state is ArmState.HOLDING
    assert bench.counted().get('bridge_paused', 0) == 0


def test_a_joint_state_that_waited_while_the_bridge_was_paused_moves_nothing(bench):
    bench.chunk(dx=0.05, dy=0.05, steps=1)
    bench.run(0.07)
    sent = bench.q.copy()
    queued = JointSample(bench.now_s - 0.04, START)
    bench.now_s += 10.0
    assert bench.controller.accept_pause(10.0, bench.now_s)
    refusal = bench.controller.accept_joint_sample(queued, bench.now_s)
    assert refusal.rule is Rule.JOINT_STATE_LATE
    assert 'waited 10.0 s in a queue' in refusal.message
    assert bench.controller.tick(bench.now_s) is None
    ((_, command),) = bench.run(0.5)
    np.testing.assert_allclose(command.q, sent, atol=1e-6)
    assert bench.controller.reason.startswith('the bridge was paused')
    assert bench.controller.resume(bench.now_s).accepted
    assert bench.controller.state is ArmState.HOLDING


def test_joint_states_are_trusted_again_if_a_clock_was_set_during_a_pause(bench):
    bench.now_s += 5.0
    bench.controller.accept_pause(3.0, bench.now_s)
    for _ in range(400):
        bench.now_s += 0.01
        bench.controller.accept_joint_sample(JointSample(bench.now_s - 2.0, START), bench.now_s)
        bench.controller.tick(bench.now_s)
    assert bench.controller.state is ArmState.HOLDING
