# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""speed_scale shortens steps and slows the ways to home and sleep."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.safety.config import SafetyConfig

START = vx300s.BRIDGE_START_JOINTS


@pytest.mark.parametrize('scale', [0.2, 0.5, 1.0])
def test_a_scaled_step_goes_that_share_of_its_way(bench, scale):
    bench.controller.scale_speed(scale)
    bench.chunk(dx=0.02, steps=1)
    ((_, command),) = bench.run(0.3)
    assert bench.tool_x(command.q) - bench.tool_x(START) == pytest.approx(0.02 * scale, abs=1e-5)


def test_a_step_that_is_clipped_is_scaled_after_it(make_bench):
    """Or a wild policy would be as fast in a first run as in any other."""
    bench = make_bench(safety=SafetyConfig(max_translation=0.02))
    bench.controller.scale_speed(0.2)
    bench.chunk(dx=5.0, steps=1)
    ((_, command),) = bench.run(0.3)
    assert bench.tool_x(command.q) - bench.tool_x(START) == pytest.approx(0.004, abs=1e-5)
    assert bench.counted() == {'step_clip': 1}


def test_the_scale_may_change_within_a_chunk_and_nought_moves_nothing(bench):
    bench.chunk(dx=0.01, steps=9)
    before = len(bench.run(0.5))
    assert before >= 2
    bench.controller.scale_speed(0.0)
    assert bench.run(0.5) == []
    bench.controller.scale_speed(1.0)
    assert bench.run(0.5) != []


def test_home_is_slower_under_a_scale_and_refused_at_nought(make_bench):
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
def test_a_scale_that_is_none_is_refused(bench, scale):
    with pytest.raises(ValueError, match=r'speed_scale is .*, expected 0 to 1'):
        bench.controller.scale_speed(scale)


@pytest.mark.parametrize('name', ['home', 'sleep'])
def test_a_way_home_under_way_is_as_slow_as_the_speed_scale_says_and_waits_at_nought(
    make_bench, name
):
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
