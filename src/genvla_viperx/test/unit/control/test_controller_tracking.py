# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Arms that do not move as commanded."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.states import ArmState
from genvla_viperx.safety.config import SafetyConfig

START = vx300s.BRIDGE_START_JOINTS


def test_an_arm_that_is_blocked_under_way_is_stopped_and_the_joint_is_named(bench):
    bench.blocked = [0]
    commands = []
    for _ in range(15):
        bench.chunk(dy=0.04, steps=1)
        commands += bench.run(0.2)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.controller.reason.startswith('waist did not move as commanded')
    limit = SafetyConfig().max_lead()
    assert max(abs(command.q[0] - START[0]) for _, command in commands) <= limit + 1e-9


def test_a_joint_that_sinks_without_torque_stops_the_arm(bench):
    bench.blocked = [1]
    for _ in range(30):
        bench.chunk(dx=0.002, steps=1)
        for _ in range(4):
            bench.q[1] = min(bench.q[1] + 0.02, 0.9)
            bench.run(0.05)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.controller.reason.startswith('shoulder')


@pytest.mark.parametrize('max_joint_speed', [0.5, pi])
def test_steps_that_the_arm_follows_late_do_not_stop_it(make_bench, max_joint_speed):
    bench = make_bench(safety=SafetyConfig(max_joint_speed=max_joint_speed))
    bench.blocked = [0, 1, 2, 3, 4, 5]
    goals = [bench.q.copy()] * 26
    for index in range(80):
        if index % 20 == 0:
            bench.chunk(dy=0.04 if index % 40 else -0.04, steps=4)
        for _, command in bench.run(0.01) + bench.run(0.01):
            goals[-1] = command.q
        bench.q = goals[-13]
        goals.append(goals[-1])
    assert bench.controller.state is ArmState.EXECUTING
    assert 'tracking' not in bench.counted()


@pytest.mark.parametrize('of_a_policy', [True, False])
def test_a_driver_that_repeats_itself_stops_the_arm_within_half_a_second(make_bench, of_a_policy):
    bench = make_bench(q=START + 0.3 * (not of_a_policy))
    bench.blocked = range(6)
    if of_a_policy:
        bench.chunk(dx=0.03, steps=8)
    else:
        bench.controller.home(bench.now_s)
    started_s = bench.now_s
    while bench.controller.state is not ArmState.STOPPED:
        bench.run(0.01)
        assert bench.now_s - started_s < 1.0
    assert bench.counted() == {'joint_states_frozen': 1}
    if of_a_policy:
        assert bench.now_s - started_s < 0.5


def test_readings_may_repeat_while_the_arm_is_commanded_to_stay(bench):
    for _ in range(5):
        bench.chunk(dx=0.0, steps=8)
        bench.run(1.0)
    assert bench.counted() == {}


def test_a_silent_driver_in_motion_is_not_reported_as_frozen(bench):
    bench.chunk(dx=0.03, steps=8)
    bench.run(0.21)
    bench.sends_joint_states = False
    bench.run(1.0)
    assert bench.controller.state is ArmState.FAULTED
    assert 'joint_states_frozen' not in bench.counted()


def test_one_joint_with_a_constant_reading_while_others_move_is_detected_soon(bench):
    bench.blocked = [1]
    bench.chunk(dx=0.02, steps=8)
    started_s = bench.now_s
    while bench.controller.state is not ArmState.STOPPED:
        bench.run(0.01)
        assert bench.now_s - started_s < 1.5
    assert bench.controller.reason.startswith('shoulder did not move as commanded, with a')
    assert bench.counted() == {'tracking': 1}
    assert np.abs(bench.controller.monitor.last.q - START)[1] < 1e-9


@pytest.mark.parametrize('late_ticks', [1, 13, 26])
def test_no_joint_of_an_arm_that_starts_late_counts_as_stuck(make_bench, late_ticks):
    bench = make_bench()
    bench.blocked = range(6)
    rng = np.random.default_rng(0)
    goals = [bench.q.copy()] * (late_ticks + 1)
    for index in range(1000):
        if index % 40 == 0:
            step = rng.uniform(-0.05, 0.05, 2)
            bench.chunk(dx=step[0], dy=step[1], steps=2)
        for _, command in bench.run(0.01):
            goals[-1] = command.q
        # The resolution of an encoder: its reading is constant between ticks.
        bench.q = np.round(goals[-late_ticks] / 0.00153) * 0.00153
        goals.append(goals[-1])
    assert 'tracking' not in bench.counted()
    assert bench.counted().get('joint_states_frozen', 0) == 0


def test_an_arm_that_only_flickers_is_detected_with_short_chunks_and_pauses(bench):
    bench.blocked = range(6)
    started_s = bench.now_s
    for index in range(40):
        bench.chunk(dy=0.02 if index % 2 else -0.02, steps=1)
        bench.q[0] += 0.0015 if index % 2 else -0.0015
        bench.run(0.3)
        if bench.controller.state is ArmState.STOPPED:
            break
    assert bench.now_s - started_s < 1.5
    assert bench.counted()['joint_states_frozen'] == 1
    bench.controller.resume(bench.now_s)
    bench.blocked = []
    bench.chunk(dy=0.02, steps=4)
    bench.run(1.5)
    assert bench.counted()['joint_states_frozen'] == 1


@pytest.mark.parametrize('request_motion', ['home', 'sleep'])
@pytest.mark.parametrize('q', [[0.8, -1.0, 1.0, 0, 0.5, 0], START + 0.15])
def test_an_arm_that_does_not_move_does_not_arrive(make_bench, request_motion, q):
    bench = make_bench(q=q)
    bench.blocked = [0, 1, 2, 3, 4, 5]
    getattr(bench.controller, request_motion)(bench.now_s)
    bench.run(8.0)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.counted() == {'joint_states_frozen': 1}
    assert bench.controller.reason.startswith('the arm was commanded to move, but no joint has')
