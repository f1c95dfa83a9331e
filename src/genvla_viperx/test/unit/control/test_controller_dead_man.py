# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""With a dead-man switch, the arm moves only while the switch is held."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.states import ArmState
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Rule

START = vx300s.BRIDGE_START_JOINTS
DEAD_MAN = SafetyConfig(dead_man_timeout_s=0.2)


def test_nothing_moves_before_the_dead_man_switch_is_held(make_bench):
    bench = make_bench(safety=DEAD_MAN)
    refusal = bench.chunk()
    assert refusal.rule is Rule.CHUNK_NOT_READY
    assert 'the dead-man switch is not held' in refusal.message
    assert not bench.controller.home(bench.now_s).accepted
    bench.controller.accept_dead_man(True, bench.now_s)
    assert bench.chunk() is None
    assert bench.run(0.1) != []


@pytest.mark.parametrize('how', ['released', 'silent'])
@pytest.mark.parametrize('motion', ['chunk', 'home'])
def test_the_arm_holds_when_the_switch_is_released_or_silent(make_bench, how, motion):
    bench = make_bench(q=START + np.array([0.4, 0, 0, 0, 0, 0]), safety=DEAD_MAN)
    bench.controller.accept_dead_man(True, bench.now_s)
    if motion == 'home':
        assert bench.controller.home(bench.now_s).accepted
    else:
        bench.chunk(steps=40)
    bench.run(0.15)
    if how == 'released':
        bench.controller.accept_dead_man(False, bench.now_s)
    commands = bench.run(0.4)
    assert bench.controller.state is ArmState.HOLDING
    assert bench.controller.reason == 'the dead-man switch was released'
    assert bench.counted() == {'dead_man': 1}
    within_s = 0.02 if how == 'released' else 0.1
    assert commands[-1][0] <= bench.now_s - 0.4 + within_s
    # Once the switch is held again, the next chunk runs without resume.
    bench.controller.accept_dead_man(True, bench.now_s)
    assert bench.chunk() is None


def test_a_stopped_arm_stays_stopped_whatever_the_state_of_the_switch(make_bench):
    bench = make_bench(safety=DEAD_MAN)
    bench.controller.accept_dead_man(True, bench.now_s)
    bench.controller.stop(bench.now_s)
    bench.run(0.5)
    bench.controller.accept_dead_man(True, bench.now_s)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY


def test_chunks_are_accepted_if_no_dead_man_switch_is_configured(bench):
    bench.controller.accept_dead_man(False, bench.now_s)
    assert bench.chunk() is None
