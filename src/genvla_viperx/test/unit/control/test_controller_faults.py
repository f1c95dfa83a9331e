# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Servos that have switched themselves off, and drivers that were away."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.states import ArmState
from genvla_viperx.control.controller import ArmController
from genvla_viperx.safety.refusal import Rule

START = vx300s.BRIDGE_START_JOINTS
OVERLOAD = {'elbow': 1 << 5}


def test_a_servo_that_has_switched_itself_off_stops_the_arm_at_the_next_tick(bench):
    bench.chunk()
    bench.run(0.1)
    bench.controller.accept_hardware_errors(OVERLOAD)
    assert len(bench.run(0.01)) == 1
    assert bench.controller.state is ArmState.STOPPED
    assert 'elbow: overload' in bench.controller.reason
    assert bench.run(1.0) == []
    assert bench.counted()['hardware_error'] == 1


@pytest.mark.parametrize('request_motion', [ArmController.home, ArmController.sleep])
def test_nothing_moves_the_arm_while_a_servo_is_off_or_a_fault_is_being_cleared(
    bench, request_motion
):
    bench.controller.accept_hardware_errors(OVERLOAD)
    bench.run(0.01)
    for _ in range(2):
        assert not bench.controller.resume(bench.now_s).accepted
        assert not request_motion(bench.controller, bench.now_s).accepted
        assert bench.chunk().rule is Rule.CHUNK_NOT_READY
        bench.controller.begin_clearing(bench.now_s)
        bench.run(0.01)
        bench.controller.accept_hardware_errors({})


def test_an_error_that_goes_away_by_itself_still_has_to_be_cleared(bench):
    bench.controller.accept_hardware_errors(OVERLOAD)
    bench.run(0.01)
    bench.controller.accept_hardware_errors({})
    assert 'clear_fault' in bench.controller.resume(bench.now_s).message
    bench.controller.begin_clearing(bench.now_s)
    bench.controller.end_clearing('elbow still reports overload')
    assert not bench.controller.resume(bench.now_s).accepted
    bench.controller.begin_clearing(bench.now_s)
    bench.controller.end_clearing('')
    assert bench.controller.resume(bench.now_s).accepted


def test_a_servo_that_does_not_answer_stops_the_arm(bench):
    bench.chunk()
    bench.run(0.1)
    bench.controller.accept_silent_servo('no answer of elbow_shadow')
    assert len(bench.run(0.01)) == 1
    assert bench.controller.state is ArmState.STOPPED
    assert 'no answer of elbow_shadow' in bench.controller.reason
    assert not bench.controller.resume(bench.now_s).accepted


def test_an_error_that_was_there_before_activation_stops_the_arm(make_bench):
    bench = make_bench(active=False)
    bench.controller.accept_hardware_errors(OVERLOAD)
    assert not bench.controller.begin_clearing(bench.now_s).accepted
    bench.controller.activate(bench.now_s)
    bench.run(0.01)
    assert bench.controller.state is ArmState.STOPPED


def test_a_fault_that_was_cleared_leaves_the_arm_stopped_until_resume(bench):
    bench.controller.accept_hardware_errors(OVERLOAD)
    bench.run(0.01)
    assert bench.controller.begin_clearing(bench.now_s).accepted
    assert not bench.controller.begin_clearing(bench.now_s).accepted
    assert bench.controller.end_clearing('').accepted
    bench.run(0.1)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.controller.resume(bench.now_s).accepted
    assert bench.chunk() is None


def test_a_bridge_deactivated_while_a_fault_is_cleared_stays_inactive(bench):
    bench.controller.begin_clearing(bench.now_s)
    bench.controller.deactivate(bench.now_s)
    bench.controller.end_clearing('')
    assert bench.controller.state is ArmState.INACTIVE


def test_no_chunk_is_accepted_while_a_fault_is_cleared_even_after_reactivation(bench):
    bench.controller.begin_clearing(bench.now_s)
    bench.deactivate_and_activate()
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY
    assert bench.run(0.5) == []


def test_no_chunk_is_accepted_between_a_servos_error_and_the_next_tick(bench):
    bench.controller.accept_hardware_errors(OVERLOAD)
    refusal = bench.chunk()
    assert refusal.rule is Rule.CHUNK_NOT_READY
    assert 'elbow: overload' in refusal.message


@pytest.mark.parametrize('active', [True, False])
def test_a_driver_that_was_silent_for_long_must_be_configured_again(make_bench, active):
    bench = make_bench(active=active)
    bench.sends_joint_states = False
    bench.run(1.5)
    bench.sends_joint_states = True
    bench.run(0.1)
    if not active:
        bench.controller.activate(bench.now_s)
    assert bench.run(2.0) == []
    assert bench.controller.state is ArmState.FAULTED
    assert bench.controller.reason == (
        'the driver was silent for 1.5 s and may have restarted with other modes and profiles; '
        'call clear_fault, or deactivate, clean up and configure again'
    )
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY
    assert not bench.controller.home(bench.now_s).accepted


def test_a_driver_that_was_away_while_the_clock_was_set_must_be_checked(bench):
    bench.run(0.1)
    bench.now_s -= 5.0
    bench.controller.accept_silence(3.0)
    bench.run(0.1)
    assert bench.controller.state is ArmState.FAULTED
    assert 'the driver was silent for 3.0 s' in bench.controller.reason
    assert bench.controller.begin_clearing(bench.now_s).accepted
    assert bench.controller.end_clearing('').accepted
    assert bench.controller.resume(bench.now_s).accepted
    bench.run(0.1)
    assert bench.controller.state is ArmState.HOLDING


@pytest.mark.parametrize('in_motion', [True, False])
def test_a_joint_reading_that_jumps_and_stays_stops_the_arm(bench, in_motion):
    if in_motion:
        bench.chunk(dx=0.02, steps=8)
    bench.run(0.3)
    bench.q = bench.measured = bench.q + 0.9 * np.eye(6)[0]
    bench.blocked = range(6)
    bench.run(0.35)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.controller.reason.startswith('waist reads 0.90 rad away from its position')
    assert bench.run(5.0) == []
    assert not bench.controller.resume(bench.now_s).accepted
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY
    bench.controller.begin_clearing(bench.now_s)
    bench.controller.end_clearing('')
    ((_, command),) = bench.run(0.1)
    np.testing.assert_allclose(command.q, bench.q, atol=1e-6)
    assert bench.controller.resume(bench.now_s).accepted


def test_an_arm_that_falls_while_it_is_held_is_stopped(bench):
    bench.chunk(dx=0.0, steps=1)
    bench.run(2.0)
    assert bench.controller.state is ArmState.HOLDING
    while bench.q[1] < START[1] + 1.1:
        bench.q = bench.q + 0.01 * np.eye(6)[1]
        bench.run(0.01)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.controller.reason.startswith('shoulder left the held position')
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY


def test_an_arm_may_be_moved_elsewhere_while_it_is_stopped(bench):
    bench.chunk(dx=0.0, steps=1)
    bench.run(1.0)
    bench.controller.stop(bench.now_s)
    bench.run(1.0)
    bench.q = bench.q + 0.5 * np.eye(6)[0]
    bench.run(1.0)
    bench.controller.resume(bench.now_s)
    bench.run(2.0)
    assert bench.controller.state is ArmState.HOLDING
    assert bench.counted() == {}


def test_an_arm_that_comes_to_rest_short_of_its_goal_has_not_left_it(bench):
    bench.chunk(dx=0.0, steps=1)
    bench.run(2.0)
    bench.blocked = [0]
    bench.chunk(dy=0.05, steps=1)
    bench.run(3.0)
    # Another watch detects a joint that does not move.
    assert bench.counted() == {'tracking': 1}


def test_an_arm_moved_while_stopped_is_not_behind_after_resume(bench):
    bench.controller.scale_speed(0.05)
    bench.chunk(dx=0.01, steps=1)
    bench.run(1.0)
    bench.controller.stop(bench.now_s)
    bench.run(1.0)
    bench.q = bench.q + 0.3 * np.eye(6)[0]
    bench.run(1.0)
    bench.controller.resume(bench.now_s)
    bench.run(2.0)
    bench.chunk(dx=0.01, steps=2)
    bench.run(0.3)
    assert bench.counted().get('tracking', 0) == 0
    assert bench.controller.state is ArmState.EXECUTING
