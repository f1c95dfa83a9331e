# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The moves to home and sleep."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.states import ArmState
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Rule

START = vx300s.BRIDGE_START_JOINTS


@pytest.mark.parametrize(
    ('request_motion', 'goal', 'ends_in'),
    [('home', vx300s.BRIDGE_START_JOINTS, 'holding'), ('sleep', vx300s.SLEEP, 'stopped')],
)
def test_home_and_sleep_move_smoothly_at_the_control_rate(
    make_bench, request_motion, goal, ends_in
):
    bench = make_bench(q=[0.5, -1.0, 1.0, 0.0, 0.5, 0.0])
    assert getattr(bench.controller, request_motion)(bench.now_s).accepted
    before = bench.q.copy()
    commands = [command.q for _, command in bench.run(8.0)]
    np.testing.assert_allclose(commands[-1], goal, atol=1e-12)
    speeds = np.abs(np.diff([before, *commands], axis=0)) / 0.01
    assert speeds.max() <= 0.5 + 1e-6
    assert bench.controller.state == ends_in


def test_an_arm_that_sleeps_is_not_lifted_again_by_the_next_chunk(bench):
    bench.controller.sleep(bench.now_s)
    bench.run(8.0)
    assert bench.controller.reason == 'asleep'
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY
    assert bench.run(1.0) == []
    bench.controller.resume(bench.now_s)
    assert bench.chunk() is None


def test_a_stopped_arm_can_be_sent_home_and_is_stopped_there(make_bench):
    bench = make_bench(q=vx300s.SLEEP)
    bench.controller.stop(bench.now_s)
    bench.run(0.1)
    assert bench.controller.home(bench.now_s).accepted
    bench.run(8.0)
    np.testing.assert_allclose(bench.q, START, atol=1e-12)
    assert (bench.controller.state, bench.controller.reason) == (ArmState.STOPPED, 'at home')


def test_a_stopped_arm_stays_stopped_when_its_move_home_is_interrupted(make_bench):
    bench = make_bench(q=vx300s.SLEEP)
    bench.controller.stop(bench.now_s)
    bench.controller.home(bench.now_s)
    bench.run(1.0)
    bench.sends_joint_states = False
    bench.run(0.5)
    bench.sends_joint_states = True
    bench.run(0.5)
    assert bench.controller.state is ArmState.STOPPED


def test_stop_cancels_the_move_home(make_bench):
    bench = make_bench(q=vx300s.SLEEP)
    bench.controller.home(bench.now_s)
    bench.run(1.0)
    assert bench.controller.state is ArmState.MOVING
    bench.controller.stop(bench.now_s)
    assert len(bench.run(2.0)) == 1
    assert bench.controller.state is ArmState.STOPPED


def test_chunks_are_refused_during_the_move_home(make_bench):
    bench = make_bench(q=vx300s.SLEEP)
    bench.controller.home(bench.now_s)
    bench.run(0.1)
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY


def test_a_move_home_through_the_table_is_refused(make_bench):
    # The tool points back under the forearm, 7 cm above the table, and would swing through it.
    bench = make_bench(q=[0.0, 1.0, 1.5, 0.0, 0.7, 0.0])
    answer = bench.controller.home(bench.now_s)
    assert not answer.accepted
    assert answer.message == (
        'the direct path to home takes the tool down to z = -0.047 m, below the workspace floor '
        'at -0.010 m; raise the arm first'
    )
    assert bench.run(1.0) == []


def test_deactivation_during_the_move_to_sleep_ends_in_stopped(bench):
    bench.controller.sleep(bench.now_s)
    bench.run(0.5)
    bench.deactivate_and_activate()
    assert bench.controller.state is ArmState.STOPPED


@pytest.mark.parametrize('name', ['home', 'sleep'])
@pytest.mark.parametrize(('move_speed', 'scale', 'bound'), [(0.5, 1.0, 2.1), (0.5, 0.2, 1.1)])
def test_a_joint_held_back_on_the_way_and_released_stays_slow(
    make_bench, name, move_speed, scale, bound
):
    """The servos cover the distance of a goal with a peak speed of distance / (T - t_acc)."""
    away = np.array([1.2, 0.0, 0.0, 0.0, 0.0, 1.2])
    bench = make_bench(q=START + away, move_speed=move_speed)
    bench.controller.scale_speed(scale)
    assert getattr(bench.controller, name)(bench.now_s).accepted
    bench.run(0.5)
    bench.blocked, held_at, leads = [0], bench.q[0], []
    for tick in range(4000):
        # Make the reading flicker: another watch detects constant ones.
        bench.q[0] = held_at + 1.5e-3 * (tick % 3 == 0)
        leads += [abs(command.q[0] - bench.measured[0]) for _, command in bench.run(0.01)]
        if bench.controller.state is ArmState.STOPPED:
            break
    assert bench.controller.state is ArmState.STOPPED
    assert bench.counted().keys() == {'tracking'}
    limits = SafetyConfig()
    assert max(leads) / (limits.move_time_s - limits.acceleration_time_s) <= bound
