# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Stop, resume and deactivation."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.states import ArmState
from genvla_viperx.control.chunk import Chunk
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Rule
from genvla_viperx.watch.joint_states import JointSample

START = vx300s.BRIDGE_START_JOINTS


def test_stop_holds_the_measured_position_once_and_latches(bench):
    bench.chunk(steps=8)
    bench.run(0.3)
    measured = bench.q.copy()
    assert bench.controller.stop(bench.now_s).accepted
    ((_, command),) = bench.run(2.0)
    np.testing.assert_array_equal(command.q, measured)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY
    assert bench.run(1.0) == []


def test_a_moving_arm_is_stopped_ahead_and_not_sent_back(bench):
    q, forward = START.copy(), np.array([0.5, 0, 0, 0, 0, 0])
    bench.chunk(steps=8)
    for number in range(3):
        bench.controller.accept_joint_sample(
            JointSample(bench.now_s + 0.01 * number, q + 0.01 * number * forward), bench.now_s
        )
    bench.controller.stop(bench.now_s)
    command = bench.controller.tick(bench.now_s)
    # 0.5 rad/s is braked within 0.1 s, over 0.5 * 0.1 / 2 rad.
    assert command.q[0] - (q[0] + 0.01) == pytest.approx(0.025, abs=1e-6)


def test_stop_acts_at_the_next_tick(bench):
    bench.chunk(steps=8)
    bench.run(0.05)
    bench.controller.stop(bench.now_s)
    assert len(bench.run(0.01)) == 1


def test_resume_commands_nothing_and_accepts_the_next_chunk(bench):
    bench.controller.stop(bench.now_s)
    bench.run(0.1)
    assert bench.controller.resume(bench.now_s).accepted
    assert bench.run(0.5) == []
    assert bench.chunk(steps=1) is None
    assert len(bench.run(0.5)) == 1


@pytest.mark.parametrize('request_motion', ['stop', 'home'])
@pytest.mark.parametrize('first_slot', [0, 2])
def test_a_chunk_from_before_a_halt_is_refused_after_it(bench, first_slot, request_motion):
    """Somebody may have moved the arm or the object since its image was taken."""
    bench.chunk(steps=1)
    bench.run(1.0)
    stamp_s, actions = bench.now_s, np.tile([0.01, 0, 0, 0, 0, 0, 1.0], (40, 1))
    bench.run(0.1)
    getattr(bench.controller, request_motion)(bench.now_s)
    bench.run(1.5)
    bench.controller.resume(bench.now_s)
    late = Chunk(stamp_s, 0.2, actions, first_slot=first_slot)
    refusal = bench.controller.accept_chunk(late, bench.now_s)
    assert refusal.rule is Rule.CHUNK_SUPERSEDED
    assert 'before the arm was halted, moved or activated' in refusal.message
    assert bench.run(0.5) == []
    fresh = Chunk(bench.now_s, 0.2, actions, first_slot=first_slot)
    assert bench.controller.accept_chunk(fresh, bench.now_s) is None


def test_deactivation_in_motion_returns_the_measured_position_and_then_nothing(bench):
    bench.chunk(steps=20)
    bench.run(0.3)
    measured = bench.q.copy()
    np.testing.assert_array_equal(bench.controller.deactivate(bench.now_s).q, measured)
    assert bench.run(2.0) == []


def test_deactivation_at_rest_commands_nothing(bench):
    assert bench.controller.deactivate(bench.now_s) is None


@pytest.mark.parametrize('speed', [0.5, 30.0, -1e4])
def test_a_stop_is_sent_whatever_the_last_measured_speed(make_bench, speed):
    bench = make_bench()
    bench.chunk(steps=8)
    monitor = bench.controller.monitor
    for number in range(2):
        stamp_s = bench.now_s + 1e-4 + 1e-6 * number
        q = bench.q + np.eye(6)[0] * speed * 1e-6 * number
        assert bench.controller.accept_joint_sample(JointSample(stamp_s, q), bench.now_s) is None
    assert monitor.velocity[0] == pytest.approx(speed, rel=1e-3)
    bench.controller.stop(bench.now_s)
    command = bench.controller.tick(bench.now_s)
    assert abs(command.q[0] - bench.q[0]) <= pi * 0.1 / 2 + 0.011


def test_a_moving_arm_is_not_stopped_beyond_its_goal(bench):
    bench.chunk(dx=0.0, steps=1)
    bench.run(0.1)
    turned = np.eye(6)[0] * 0.01
    for number, share in enumerate((0.0, 0.9)):
        bench.controller.accept_joint_sample(
            JointSample(bench.now_s + 1e-3 + 0.01 * number, START - turned * (1 - share)),
            bench.now_s,
        )
    bench.controller.stop(bench.now_s)
    command = bench.controller.tick(bench.now_s)
    np.testing.assert_allclose(command.q, START, atol=1e-9)


def test_a_stop_without_joint_states_is_sent_when_they_are_back(bench):
    bench.chunk(steps=8)
    bench.run(0.1)
    bench.sends_joint_states = False
    bench.run(0.4)
    bench.controller.stop(bench.now_s)
    assert bench.run(0.2) == []
    bench.sends_joint_states = True
    assert len(bench.run(0.2)) == 1
    assert bench.controller.state is ArmState.STOPPED


def test_a_stop_is_sent_even_if_it_was_resumed_before(bench):
    bench.chunk(steps=8)
    bench.run(0.1)
    bench.controller.stop(bench.now_s)
    bench.controller.resume(bench.now_s)
    assert len(bench.run(0.1)) == 1


def test_a_stop_outlives_deactivation(bench):
    bench.controller.stop(bench.now_s, 'an operator said so')
    bench.run(0.1)
    for _ in range(2):
        bench.deactivate_and_activate()
        assert bench.controller.state is ArmState.STOPPED
        assert bench.controller.reason == 'an operator said so'
        assert bench.chunk().rule is Rule.CHUNK_NOT_READY
        assert bench.run(0.1) == []
    bench.controller.resume(bench.now_s)
    bench.deactivate_and_activate()
    assert bench.controller.state is ArmState.HOLDING


def test_a_stop_is_sent_even_if_a_joint_is_measured_far_outside_its_limits(make_bench):
    careful = SafetyConfig(max_joint_speed=0.01, rest_tolerance=0.01, measured_tolerance=0.3)
    bench = make_bench(q=vx300s.SLEEP - 0.2 * np.eye(6)[1], safety=careful, move_speed=0.01)
    bench.controller.stop(bench.now_s)
    ((_, command),) = bench.run(0.1)
    assert command.q[1] == vx300s.JOINT_LOWER[1]


def test_a_stop_before_activation_is_remembered(make_bench):
    bench = make_bench(active=False)
    answer = bench.controller.stop(bench.now_s)
    assert answer.accepted
    assert answer.message == (
        'the bridge is not active; it will be stopped when it is activated (stop was requested)'
    )
    answer = bench.controller.resume(bench.now_s)
    assert not answer.accepted
    assert answer.message.endswith('(stop was requested); call resume then')
    bench.controller.deactivate(bench.now_s)
    bench.controller.activate(bench.now_s)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.controller.reason == 'stop was requested'
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY
    assert bench.run(0.5) == []
    assert bench.controller.resume(bench.now_s).accepted
    bench.deactivate_and_activate()
    assert bench.controller.state is ArmState.HOLDING
