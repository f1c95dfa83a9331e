# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Setting the clock does not make the arm jump or freeze."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.states import ArmState


@pytest.mark.parametrize('jump_s', [0.8, 5.0, -5.0])
def test_setting_the_clock_does_not_make_an_arm_jump_that_moves_home(make_bench, jump_s):
    bench = make_bench(q=vx300s.SLEEP)
    bench.controller.home(bench.now_s)
    bench.run(1.5)
    before = bench.q.copy()
    bench.now_s += jump_s
    bench.run(0.02)
    assert np.abs(bench.q - before).max() <= 0.5 * 0.05


def test_a_move_home_interrupted_by_a_clock_jump_is_not_resumed(make_bench):
    bench = make_bench(q=vx300s.SLEEP)
    bench.controller.home(bench.now_s)
    bench.run(1.5)
    bench.now_s += 5.0
    assert len(bench.run(1.0)) == 1
    assert bench.controller.state is ArmState.HOLDING


def test_a_clock_set_back_while_inactive_does_not_make_new_joint_states_late(make_bench):
    bench = make_bench(active=False)
    bench.now_s = 50.0
    bench.q = vx300s.SLEEP.copy()
    bench.controller.activate(bench.now_s)
    bench.run(0.3)
    assert bench.counted() == {}
    bench.chunk(dx=0.0, steps=1)
    ((_, command),) = bench.run(0.1)
    np.testing.assert_allclose(command.q, vx300s.SLEEP, atol=1e-6)


@pytest.mark.parametrize('notices_first', ['tick', 'accept_heartbeat'])
@pytest.mark.parametrize('jump_s', [-5.0, 5.0])
def test_a_clock_set_in_motion_halts_the_arm_whichever_input_notices(bench, notices_first, jump_s):
    bench.chunk(dx=0.03, steps=8)
    bench.run(0.31)
    bench.now_s += jump_s
    getattr(bench.controller, notices_first)(bench.now_s)
    ((_, command),) = bench.run(0.5)
    np.testing.assert_allclose(command.q, bench.q, atol=1e-6)
    assert bench.controller.state is ArmState.HOLDING


def test_a_clock_set_back_does_not_freeze_the_arm(bench):
    bench.chunk(steps=2)
    bench.run(1.0)
    bench.now_s = 5.0
    assert bench.run(0.5) == []
    assert bench.chunk(steps=1) is None
    assert len(bench.run(0.5)) == 1


def test_a_clock_set_forward_while_inactive_is_not_a_silent_driver(make_bench):
    bench = make_bench(active=False)
    bench.now_s += 3600.0
    bench.run(0.1)
    bench.controller.activate(bench.now_s)
    bench.run(0.5)
    assert (bench.controller.state, bench.controller.reason) == (ArmState.HOLDING, '')
    assert bench.chunk() is None
