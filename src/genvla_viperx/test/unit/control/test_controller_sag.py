# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An arm that rests below its goal is not sent lower by interruptions."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_viperx.arm import fingers, kinematics, vx300s
from genvla_viperx.arm.states import ArmState
from genvla_viperx.control.chunk import Chunk
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.rules import joints_outside_limits

START = vx300s.BRIDGE_START_JOINTS
DEAD_MAN = SafetyConfig(dead_man_timeout_s=0.2)
SAG = np.array([0.0, 0.04, 0.0, 0.0, 0.0, 0.0])


@pytest.fixture
def sagging(make_sagging):
    bench = make_sagging(safety=DEAD_MAN)
    bench.controller.accept_dead_man(True, bench.now_s)
    return bench


def stop_and_resume(bench):
    bench.controller.stop(bench.now_s)
    bench.run(0.1)
    bench.controller.resume(bench.now_s)


def let_go(bench):
    bench.controller.accept_dead_man(True, bench.now_s)
    bench.chunk(dx=0.0, steps=5)
    bench.run(0.01)
    bench.controller.accept_dead_man(False, bench.now_s)
    bench.run(0.1)


def fall_silent(bench):
    bench.controller.accept_dead_man(True, bench.now_s)
    bench.chunk(dx=0.0, steps=5)
    bench.sends_heartbeats = False
    bench.run(0.15)
    bench.controller.accept_dead_man(True, bench.now_s)
    bench.run(0.19)
    bench.sends_heartbeats = True


def deactivate_and_activate(bench):
    bench.deactivate_and_activate()


@pytest.mark.parametrize(
    'interruption',
    [stop_and_resume, let_go, fall_silent, deactivate_and_activate],
)
def test_interruptions_do_not_make_a_sagging_arm_sink(sagging, interruption):
    sagging.chunk(dx=0.0, steps=1)
    sagging.run(1.0)
    for _ in range(20):
        interruption(sagging)
        sagging.run(0.3)
    sagging.controller.accept_dead_man(True, sagging.now_s)
    sagging.chunk(dx=0.01, steps=1)
    ((_, command), *_) = sagging.run(0.1)
    assert sagging.tool_x(command.q) - sagging.tool_x(START) == pytest.approx(0.01, abs=1e-6)
    assert kinematics.forward(command.q)[2, 3] == pytest.approx(
        kinematics.forward(START)[2, 3], abs=1e-6
    )


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from(['stop', 'chunk', 'wait', 'deactivate']), st.integers(1, 60)),
        min_size=3,
        max_size=25,
    ),
    st.integers(0, 2**32 - 1),
)
def test_no_sequence_of_chunks_and_interruptions_leaves_the_limits_or_the_workspace(
    make_sagging, events, seed
):
    rng = np.random.default_rng(seed)
    safety = SafetyConfig(workspace_lower=(0.1, -0.3, 0.03))
    bench = make_sagging(safety=safety)
    for what, ticks in events:
        if what == 'stop':
            bench.controller.stop(bench.now_s)
        elif what == 'deactivate':
            bench.deactivate_and_activate()
        elif what == 'chunk':
            bench.controller.resume(bench.now_s)
            actions = rng.uniform(-1, 1, (8, 7)) * ([0.05] * 3 + [0.25] * 3 + [1])
            actions[:, 2] -= 0.03
            bench.controller.accept_chunk(Chunk(bench.now_s, 0.2, actions), bench.now_s)
        state = bench.controller.state
        for _, command in bench.run(ticks / 100):
            assert joints_outside_limits(command.q) == ()
            tool = kinematics.forward(command.q)
            assert fingers.lowest_point(tool) >= -0.005 - 1e-6
            if state is ArmState.EXECUTING:
                assert tool[2, 3] >= 0.03 - 1e-6
                assert 0.1 - 1e-6 <= tool[0, 3] <= 0.5 + 1e-6


@settings(max_examples=25)
@given(st.lists(st.integers(1, 80), min_size=1, max_size=20))
def test_stops_at_rest_never_move_the_target(make_sagging, pauses):
    bench = make_sagging()
    bench.chunk(dx=0.02, steps=1)
    [(_, first)] = bench.run(1.0)
    for ticks in pauses:
        bench.controller.stop(bench.now_s)
        for _, command in bench.run(ticks / 100):
            np.testing.assert_array_equal(command.q, first.q)
        bench.controller.resume(bench.now_s)
        assert bench.run(0.05) == []


def test_an_arm_that_leaves_its_goal_is_stopped_and_held_where_it_is(sagging):
    sagging.chunk(dx=0.0, steps=1)
    sagging.run(1.0)
    sagging.goal = sagging.goal + np.eye(6)[0] * 0.6
    ((_, command),) = sagging.run(0.1)
    # As far as a resting joint may be from its goal, plus the braking distance.
    assert 0.1 < command.q[0] < 0.4
    assert sagging.controller.state is ArmState.STOPPED
    assert sagging.controller.reason.startswith('waist left the held position without a command')
    assert sagging.counted()['goal_left'] == 1


def test_the_rest_error_is_reported_only_at_rest(bench):
    assert bench.controller.rest_error(bench.now_s) is None
    bench.chunk(dx=0.02, steps=1)
    bench.run(0.1)
    assert bench.controller.rest_error(bench.now_s) is None
    bench.run(1.0)
    bench.q = bench.q + np.array([0.0, 0.05, 0.0, 0.0, 0.0, 0.0])
    bench.run(0.05)
    assert bench.controller.rest_error(bench.now_s) == (
        'shoulder',
        pytest.approx(0.05, abs=1e-6),
    )


def test_a_joint_that_rests_far_from_its_goal_is_named(bench):
    bench.chunk(dx=0.0, steps=1)
    bench.run(1.0)
    assert bench.controller.rest_complaint(bench.now_s) == ''
    bench.q = bench.q + SAG * 1.5
    bench.run(0.05)
    assert bench.controller.rest_complaint(bench.now_s) == (
        'shoulder rests 0.060 rad from its goal (rest_tolerance 0.1)'
    )
