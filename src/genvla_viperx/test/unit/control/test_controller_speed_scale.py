# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""speed_scale shortens steps and slows the moves to home and sleep."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.states import ArmState
from genvla_viperx.safety.config import SafetyConfig

START = vx300s.BRIDGE_START_JOINTS


@pytest.mark.parametrize('scale', [0.2, 0.5, 1.0])
def test_a_scaled_step_moves_by_its_share(bench, scale):
    bench.controller.scale_speed(scale)
    bench.chunk(dx=0.02, steps=1)
    ((_, command),) = bench.run(0.3)
    assert bench.tool_x(command.q) - bench.tool_x(START) == pytest.approx(0.02 * scale, abs=1e-5)


def test_a_step_is_clipped_before_it_is_scaled(make_bench):
    """Otherwise a wild policy would be as fast in a first run as in any other."""
    bench = make_bench(safety=SafetyConfig(max_translation=0.02))
    bench.controller.scale_speed(0.2)
    bench.chunk(dx=5.0, steps=1)
    ((_, command),) = bench.run(0.3)
    assert bench.tool_x(command.q) - bench.tool_x(START) == pytest.approx(0.004, abs=1e-5)
    assert bench.counted() == {'step_clip': 1}


def test_the_scale_may_change_within_a_chunk_and_zero_moves_nothing(bench):
    bench.chunk(dx=0.01, steps=9)
    before = len(bench.run(0.5))
    assert before >= 2
    bench.controller.scale_speed(0.0)
    assert bench.run(0.5) == []
    bench.controller.scale_speed(1.0)
    assert bench.run(0.5) != []


def test_home_is_slower_at_a_lower_scale_and_refused_at_zero(make_bench):
    away = START + np.array([0.4, 0, 0, 0, 0, 0])
    took_s = {}
    for scale in (1.0, 0.5):
        bench = make_bench(q=away)
        bench.controller.scale_speed(scale)
        assert bench.controller.home(bench.now_s).accepted
        commands = bench.run(6.0)
        took_s[scale] = commands[-1][0] - commands[0][0]
    assert took_s[0.5] == pytest.approx(2 * took_s[1.0], rel=0.05)
    bench.controller.scale_speed(0.0)
    answer = bench.controller.home(bench.now_s)
    assert not answer.accepted
    assert 'speed_scale is 0' in answer.message


@pytest.mark.parametrize('scale', [-0.1, 1.1, nan])
def test_an_invalid_scale_is_refused(bench, scale):
    with pytest.raises(ValueError, match=r'speed_scale is .*, expected 0 to 1'):
        bench.controller.scale_speed(scale)


@pytest.mark.parametrize('name', ['home', 'sleep'])
def test_a_move_home_in_progress_follows_the_speed_scale_and_waits_at_zero(make_bench, name):
    bench = make_bench(q=START + 0.5 * np.eye(6)[0])
    getattr(bench.controller, name)(bench.now_s)
    commands = bench.run(0.5)
    fast = np.abs(commands[-1][1].q - commands[-2][1].q).max()
    bench.controller.scale_speed(0.2)
    commands = bench.run(0.1)
    slow = np.abs(commands[-1][1].q - commands[-2][1].q).max()
    assert slow == pytest.approx(0.2 * fast, rel=0.2)
    bench.controller.scale_speed(0.0)
    before = bench.q.copy()
    assert bench.run(3.0) == []
    bench.controller.scale_speed(1.0)
    ((_, command),) = bench.run(0.01)
    assert np.abs(command.q - before).max() < 0.5 * 0.05
    bench.run(10.0)
    np.testing.assert_allclose(bench.q, vx300s.SLEEP if name == 'sleep' else START, atol=1e-9)


def drive_left(bench, duration_s, waist):
    """Send a step to the left in every slot; return how far the waist was from its goals [rad].

    Args:
        bench: An arm whose waist does not move; its other joints follow.
        duration_s: How long [s].
        waist: Where the waist is measured, from where its goal is [rad] and the time [s].
    """
    rng, leads, goal = np.random.default_rng(0), [], bench.q
    bench.blocked = range(6)
    for tick in range(round(duration_s * 100)):
        if tick % 20 == 0:
            bench.chunk(dx=0.0, dy=0.05, steps=1)
        # Make the readings flicker: another watch detects constant ones.
        bench.q = goal + rng.normal(0, 1e-4, 6)
        bench.q[0] += waist(goal[0], tick / 100) - goal[0]
        for _, command in bench.run(0.01):
            goal = command.q
            leads.append(abs(goal[0] - bench.q[0]))
    return leads


@pytest.mark.parametrize(('scale', 'bound'), [(1.0, 6.7), (0.5, 4.9), (0.2, 2.4), (0.05, 1.1)])
def test_an_arm_held_back_and_released_is_slower_at_a_lower_scale(bench, scale, bound):
    """The servos cover the distance of a goal with a peak speed of distance / (T - t_acc)."""
    bench.controller.scale_speed(scale)
    leads = drive_left(bench, 5.0, lambda goal, _: 0.0)
    assert bench.controller.state is ArmState.STOPPED
    limits = SafetyConfig()
    assert max(leads) / (limits.move_time_s - limits.acceleration_time_s) <= bound


@pytest.mark.parametrize(
    ('scale', 'behind', 'state'),
    [
        (1.0, 0.45, ArmState.EXECUTING),
        (1.0, 0.52, ArmState.STOPPED),
        (0.2, 0.24, ArmState.EXECUTING),
        (0.2, 0.28, ArmState.STOPPED),
        (0.05, 0.13, ArmState.EXECUTING),
    ],
)
def test_an_arm_that_lags_more_than_its_speed_explains_is_stopped(bench, scale, behind, state):
    bench.controller.scale_speed(scale)
    drive_left(bench, 4.0, lambda goal, _: max(goal - behind, 0.0))
    assert bench.controller.state is state


@pytest.mark.parametrize('scale', [0.01, 0.2, 1.0])
def test_an_arm_that_sags_within_tolerance_does_not_count_as_blocked(bench, scale):
    bench.controller.scale_speed(scale)
    drive_left(bench, 4.0, lambda goal, _: goal - 0.099)
    assert bench.controller.state is ArmState.EXECUTING


@pytest.mark.parametrize('scale', [0.0, 0.01, 0.2])
@pytest.mark.parametrize('behind', [0.4, 0.49])
def test_an_arm_that_catches_up_after_its_scale_was_lowered_is_not_stopped(bench, scale, behind):
    drive_left(bench, 0.8, lambda goal, _: max(goal - behind, 0.0))
    bench.controller.scale_speed(scale)
    drive_left(bench, 1.0, lambda goal, time_s: goal - max(behind - 2 * time_s, 0.0))
    assert bench.controller.state is ArmState.EXECUTING
    assert 'tracking' not in bench.counted()
