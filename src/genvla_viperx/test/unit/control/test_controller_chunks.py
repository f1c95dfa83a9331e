# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Chunks: executed step by step, or refused."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.states import ArmState
from genvla_viperx.control.chunk import Chunk
from genvla_viperx.control.scheduler import Execution, SchedulerConfig
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Rule

START = vx300s.BRIDGE_START_JOINTS


def test_activation_commands_nothing(bench):
    assert bench.run(2.0) == []
    assert bench.controller.state is ArmState.HOLDING


def test_an_inactive_controller_commands_nothing(make_bench):
    bench = make_bench(active=False)
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY
    assert bench.run(1.0) == []
    assert bench.controller.state is ArmState.INACTIVE


def test_a_chunk_is_executed_at_once_and_then_one_step_each_period(bench):
    assert bench.chunk(dx=0.01, steps=3) is None
    commands = bench.run(1.0)
    times = [time_s - commands[0][0] for time_s, _ in commands]
    np.testing.assert_allclose(times, (0.0, 0.2, 0.4), atol=0.011)
    np.testing.assert_allclose(
        [bench.tool_x(command.q) - bench.tool_x(START) for _, command in commands],
        (0.01, 0.02, 0.03),
    )


def test_when_the_chunk_runs_out_and_the_arm_is_at_rest_it_holds_without_a_command(bench):
    bench.chunk(steps=1)
    assert len(bench.run(0.5)) == 1
    assert bench.controller.state is ArmState.EXECUTING
    assert bench.run(0.1) == []
    assert bench.controller.state is ArmState.HOLDING


def test_a_motion_of_single_steps_is_one_state(bench):
    states = []
    for late_s in (0.0, 0.03, 0.15, 0.0, 0.25, 0.1):
        bench.chunk(dx=0.01, steps=1)
        for _ in range(round((0.2 + late_s) * 100)):
            bench.run(0.01)
            states.append(bench.controller.state)
    bench.run(1.0)
    assert set(states) == {ArmState.EXECUTING}
    assert bench.controller.state is ArmState.HOLDING


def test_the_death_of_a_single_step_policy_in_motion_is_reported_at_once(bench):
    bench.chunk(dx=0.02, steps=1)
    bench.run(0.1)
    bench.sends_heartbeats = False
    bench.run(0.35)
    assert bench.controller.state is ArmState.HOLDING
    assert bench.controller.reason == 'the policy stopped sending heartbeats'
    assert bench.run(2.0) == []


def test_deltas_accumulate_on_the_target_even_if_the_arm_sags(bench):
    bench.chunk(dx=0.01, steps=1)
    bench.run(0.5)
    bench.q = bench.q + np.eye(6)[1] * 0.02
    bench.chunk(dx=0.01, steps=1)
    (_, command), *_ = bench.run(0.5)
    assert bench.tool_x(command.q) - bench.tool_x(START) == pytest.approx(0.02)


def test_an_arm_moved_by_hand_while_stopped_continues_from_where_it_is(bench):
    bench.chunk(dx=0.01, steps=1)
    bench.run(1.0)
    bench.controller.stop(bench.now_s)
    bench.run(1.0)
    for _ in range(20):
        bench.q = bench.q + np.eye(6)[0] * 0.03
        bench.run(0.02)
    bench.controller.resume(bench.now_s)
    bench.run(1.0)
    bench.chunk(dx=0.0, steps=1)
    (_, command), *_ = bench.run(0.1)
    np.testing.assert_allclose(command.q[0], 0.6, atol=1e-6)


def test_the_arm_starts_from_its_sleep_pose_although_it_is_outside_the_limits(make_bench):
    asleep = vx300s.SLEEP - [0, 2e-4, 0, 0, 0, 0]
    bench = make_bench(q=asleep)
    bench.chunk(dx=0.02, steps=1)
    ((_, command),) = bench.run(0.1)
    assert bench.tool_x(command.q) - bench.tool_x(vx300s.SLEEP) == pytest.approx(0.02, abs=1e-5)


def test_a_chunk_that_is_not_finite_moves_nothing(bench):
    assert bench.chunk(dx=nan).rule is Rule.CHUNK_NONFINITE
    assert bench.run(1.0) == []
    assert bench.counted() == {'chunk_nonfinite': 1}


@pytest.mark.parametrize(('age_s', 'rule'), [(10.0, 'chunk_stale'), (-10.0, 'chunk_future')])
def test_a_chunk_with_a_wrong_stamp_moves_nothing(bench, age_s, rule):
    assert bench.chunk(age_s=age_s).rule == rule
    assert bench.run(1.0) == []


def test_a_step_that_cannot_be_reached_is_skipped_and_the_next_starts_from_the_measured_pose(
    make_bench,
):
    bench = make_bench(q=np.zeros(6), safety=SafetyConfig(workspace_upper=(2.0, 2.0, 2.0)))
    bench.chunk(dx=0.05, steps=10)
    bench.run(3.0)
    assert bench.counted()['unreachable'] >= 1
    assert bench.controller.output.last_refusal.rule is Rule.UNREACHABLE
    bench.chunk(dx=-0.02, steps=1)
    before = bench.tool_x(bench.q)
    ((_, command),) = bench.run(0.2)
    assert bench.tool_x(command.q) - before == pytest.approx(-0.02)


def test_a_chunk_with_another_step_period_is_refused(make_bench):
    bench = make_bench()
    assert bench.chunk(period_s=1 / 3).rule is Rule.CHUNK_PERIOD
    assert bench.chunk(period_s=0.15).rule is Rule.CHUNK_PERIOD
    assert bench.chunk(period_s=0.205) is None
    overridden = make_bench(safety=SafetyConfig(step_period_s=0.0))
    assert overridden.chunk(period_s=1 / 3) is None


def test_a_chunk_of_steps_that_the_servos_cannot_follow_is_refused(make_bench):
    bench = make_bench(safety=SafetyConfig(step_period_s=0.0))
    assert bench.chunk(period_s=0.12).rule is Rule.CHUNK_PERIOD
    assert bench.chunk(period_s=0.125) is None


def test_an_arm_that_rests_off_its_goal_is_not_moved_back(make_bench):
    bench = make_bench(safety=SafetyConfig(max_joint_speed=0.5))
    bench.chunk(dx=0.0, steps=1)
    bench.run(1.0)
    bench.controller.stop(bench.now_s)
    bench.run(1.0)
    bench.q = START + 0.29 * np.eye(6)[0]
    bench.run(0.5)
    bench.controller.resume(bench.now_s)
    bench.chunk(dx=0.0, steps=1)
    ((_, command),) = bench.run(0.1)
    assert np.abs(command.q - bench.q).max() < 1e-6


def waist_ways(bench, commands):
    return np.diff([START[0], *(command.q[0] for _, command in commands)]).tolist()


# The bridge plans for the shortest possible step, 0.18 s.
SPEEDING_UP = [0.0324 * step for step in (1, 2, 3)]


def test_the_steps_of_consecutive_chunks_are_one_stream_that_speeds_up(make_bench):
    bench = make_bench(safety=SafetyConfig(max_joint_acceleration=1.0))
    bench.chunk(dx=0.0, dy=0.045, steps=1)
    commands = bench.run(0.19)
    bench.chunk(dx=0.0, dy=0.045, steps=2)
    commands += bench.run(0.5)
    assert waist_ways(bench, commands) == pytest.approx(SPEEDING_UP, rel=1e-3)
    assert bench.counted() == {'joint_acceleration': 3}


@pytest.mark.parametrize('interruption', ['pause', 'stop', 'speed_scale'])
def test_after_an_interruption_the_stream_starts_from_rest(make_bench, interruption):
    bench = make_bench(safety=SafetyConfig(max_joint_acceleration=1.0))
    bench.chunk(dx=0.0, dy=0.045, steps=2)
    bench.run(0.39)
    if interruption == 'pause':
        bench.run(0.1)
    elif interruption == 'stop':
        bench.controller.stop(bench.now_s)
        bench.run(0.02)
        bench.controller.resume(bench.now_s)
    else:
        bench.controller.scale_speed(0.0)
        bench.chunk(dx=0.0, dy=0.045, steps=1)
        bench.run(0.19)
        bench.controller.scale_speed(1.0)
    before = bench.q[0]
    bench.chunk(dx=0.0, dy=0.045, steps=1)
    ((_, command),) = bench.run(0.3)
    assert command.q[0] - before == pytest.approx(0.0324, rel=1e-3)


def test_a_stop_halts_the_arm_at_once_whatever_the_acceleration_limit(make_bench):
    bench = make_bench(safety=SafetyConfig(max_joint_acceleration=0.1, max_joint_jerk=0.1))
    bench.chunk(dx=0.0, dy=0.045, steps=8)
    bench.run(1.0)
    counted = bench.counted()
    bench.controller.stop(bench.now_s)
    ((_, command),) = bench.run(0.5)
    np.testing.assert_allclose(command.q, bench.q, atol=1e-9)
    bench.controller.home(bench.now_s)
    bench.run(4.0)
    np.testing.assert_allclose(bench.q, START, atol=1e-9)
    assert bench.counted() == counted


def test_blocking_execution_starts_a_slow_policys_chunk_at_its_first_step(make_bench):
    bench = make_bench(scheduler=SchedulerConfig(execution=Execution.BLOCKING))
    bench.run(3.0)
    assert bench.chunk(dx=0.01, steps=2, age_s=2.0) is None
    commands = bench.run(1.0)
    assert bench.tool_x(commands[-1][1].q) - bench.tool_x(START) == pytest.approx(0.02)


def test_a_step_is_reported_as_it_was_executed(bench):
    bench.chunk(dx=0.2, steps=1, gripper=0.5)  # clipped to max_translation
    bench.controller.tick(bench.now_s)
    executed = bench.controller.executed
    np.testing.assert_allclose(executed.delta, [0.05, 0, 0, 0, 0, 0, 0.5], atol=1e-6)
    assert (executed.slot.number, executed.slot.step, executed.refused) == (1, 0, False)
    bench.run(0.01)
    assert bench.controller.executed is None


def test_a_refused_step_is_reported_without_motion(make_bench):
    bench = make_bench(safety=SafetyConfig(max_joint_jump=0.1, rest_tolerance=0.05))
    bench.chunk(dx=0.05, dy=0.05, steps=1, gripper=0.5)
    bench.controller.tick(bench.now_s)
    executed = bench.controller.executed
    np.testing.assert_array_equal(executed.delta, [0, 0, 0, 0, 0, 0, 0.5])
    assert executed.refused


def test_a_step_at_a_lower_speed_scale_is_reported_with_its_share(bench):
    bench.controller.scale_speed(0.5)
    bench.chunk(dx=0.02, steps=1)
    bench.controller.tick(bench.now_s)
    executed = bench.controller.executed
    np.testing.assert_allclose(executed.delta[:3], [0.01, 0, 0], atol=1e-6)
    assert executed.speed_scale == 0.5


def test_image_to_command_ends_at_the_first_decided_step(bench):
    bench.run(0.1)
    begin_s, actions = bench.now_s, np.tile([0.001, 0, 0, 0, 0, 0, 1.0], (4, 1))
    chunk = Chunk(begin_s - 0.05, 0.2, actions, first_slot=1)
    bench.controller.accept_chunk(chunk, begin_s)
    bench.run(0.3)
    assert bench.controller.image_to_command_s == pytest.approx(0.06, abs=1e-6)
    # Slot 2 has started with a committed action; slot 3 is the first answer to the image.
    goes_on = Chunk(begin_s + 0.2, 0.2, actions, sequence=1, first_slot=2, num_committed=1)
    bench.controller.accept_chunk(goes_on, bench.now_s)
    bench.run(0.3)
    assert bench.controller.image_to_command_s == pytest.approx(0.21, abs=0.02)
