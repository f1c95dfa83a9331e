# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Which action is due when, in streaming and in blocking execution."""

from __future__ import annotations

import itertools

from hypothesis import example, given
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_viperx.control.chunk import Chunk
from genvla_viperx.control.scheduler import (
    ChunkScheduler,
    Execution,
    SchedulerConfig,
    shortest_period_s,
)
from genvla_viperx.safety.refusal import Rule

NAN = float('nan')


def chunk(stamp_s=100.0, dx=(1, 2, 3, 4), gripper=1.0, **fields):
    """A 5 Hz chunk whose steps differ in dx [m]."""
    actions = np.zeros((len(dx), 7))
    actions[:, 0] = dx
    actions[:, 6] = gripper
    return Chunk(**{'stamp_s': stamp_s, 'step_period_s': 0.2, 'actions': actions} | fields)


def streaming(**config):
    return ChunkScheduler(SchedulerConfig(**config))


def blocking(**config):
    return ChunkScheduler(SchedulerConfig(execution=Execution.BLOCKING, **config))


def dx_at(scheduler, *times_s):
    """Return the dx of the action that is due at each time; None: nothing is due."""
    slots = [scheduler.next_slot(time_s) for time_s in times_s]
    return [None if slot is None else float(slot.action[0]) for slot in slots]


def test_a_fresh_chunk_is_executed_step_by_step_and_then_runs_out():
    scheduler = streaming()
    assert scheduler.accept(chunk(), 100.0) is None
    assert dx_at(scheduler, 100.0, 100.1, 100.2, 100.4, 100.6, 100.8) == [1, None, 2, 3, 4, None]


def test_steps_that_are_over_on_arrival_are_dropped():
    scheduler = streaming()
    scheduler.accept(chunk(), 100.45)
    assert dx_at(scheduler, 100.45, 100.65, 100.85) == [3, 4, None]


def test_a_chunk_that_arrives_while_idle_is_due_at_once():
    scheduler = streaming()
    scheduler.accept(chunk(100.0, dx=(1,)), 100.0)
    dx_at(scheduler, 100.0, 100.2)
    assert scheduler.is_idle(100.2)
    scheduler.accept(chunk(100.9, dx=(7,)), 100.93)
    assert dx_at(scheduler, 100.93) == [7]


def test_a_new_chunk_replaces_queued_steps_and_never_repeats_a_time():
    scheduler = streaming()
    scheduler.accept(chunk(100.0), 100.0)
    assert dx_at(scheduler, 100.0, 100.2) == [1, 2]
    # Its steps begin at 100.1, but the time up to 100.4 is taken.
    scheduler.accept(chunk(100.1, dx=(10, 20, 30)), 100.25)
    assert dx_at(scheduler, 100.25, 100.4, 100.6) == [None, 20, 30]


def test_a_chunk_that_ends_within_the_current_step_is_refused():
    scheduler = streaming()
    scheduler.accept(chunk(100.0, dx=(1,)), 100.15)
    assert dx_at(scheduler, 100.15) == [1]  # executed until 100.35
    refusal = scheduler.accept(chunk(100.1, dx=(2,)), 100.2)  # for the time until 100.3
    assert refusal.rule == 'chunk_past'
    assert refusal.message == (
        'chunk 0 ends 0.05 s before the current step, so none of its steps is left; use a '
        'checkpoint with a longer horizon'
    )


def test_the_phase_is_kept_when_the_tick_is_coarse():
    scheduler = streaming()
    scheduler.accept(chunk(), 100.0)
    assert dx_at(scheduler, 100.0, 100.21, 100.4, 100.61) == [1, 2, 3, 4]


def test_steps_missed_by_a_stalled_caller_are_not_caught_up():
    scheduler = streaming()
    scheduler.accept(chunk(), 100.0)
    assert dx_at(scheduler, 100.0, 100.65, 100.7) == [1, 3, None]


def test_clear_drops_queued_steps():
    scheduler = streaming()
    scheduler.accept(chunk(), 100.0)
    scheduler.clear(100.0)
    assert scheduler.num_queued == 0
    assert dx_at(scheduler, 100.0) == [None]


@pytest.mark.parametrize(
    ('bad', 'rule'),
    [
        (chunk(111.0), 'chunk_future'),
        (chunk(90.0), 'chunk_stale'),
        (chunk(dx=(0.01, NAN)), 'chunk_nonfinite'),
        (chunk(dx=(float('inf'),)), 'chunk_nonfinite'),
        (chunk(gripper=float('-inf')), 'chunk_nonfinite'),
        (chunk(stamp_s=NAN), 'chunk_nonfinite'),
        (chunk(dx=()), 'chunk_empty'),
        (chunk(actions=np.zeros((4, 6))), 'chunk_shape'),
        (chunk(actions=np.zeros(7)), 'chunk_shape'),
        (chunk(step_period_s=0.0), 'chunk_period'),
        (chunk(step_period_s=-0.2), 'chunk_period'),
        (chunk(step_period_s=NAN), 'chunk_period'),
        (chunk(step_period_s=1e300), 'chunk_period'),
    ],
)
@pytest.mark.parametrize('execution', list(Execution))
def test_a_bad_chunk_is_refused_and_queued_steps_stay(bad, rule, execution):
    scheduler = ChunkScheduler(SchedulerConfig(execution=execution))
    if execution is Execution.STREAMING:
        scheduler.accept(chunk(99.9), 100.0)
    queued = scheduler.num_queued
    refusal = scheduler.accept(bad, 100.0)
    assert refusal is not None
    assert refusal.rule == rule
    assert scheduler.num_queued == queued


def test_an_older_chunk_does_not_replace_a_newer_one():
    scheduler = streaming()
    scheduler.accept(chunk(100.0), 100.0)
    assert scheduler.accept(chunk(99.8), 100.0).rule == 'chunk_superseded'


def test_a_chunk_whose_steps_are_all_over_is_refused_with_advice():
    refusal = streaming().accept(chunk(99.0), 100.0)
    assert refusal.rule == 'chunk_past'
    assert refusal.message == (
        'chunk 0 ended 0.20 s ago: the policy takes longer than its 4 steps; use blocking '
        'execution, or a checkpoint with a longer horizon'
    )


def test_a_nan_gripper_is_accepted():
    scheduler = streaming()
    assert scheduler.accept(chunk(gripper=NAN), 100.0) is None
    assert np.isnan(scheduler.next_slot(100.0).action[6])


def test_ensembling_averages_the_chunks_that_cover_the_same_time():
    scheduler = streaming(ensemble_decay=0.0)
    scheduler.accept(chunk(100.0, dx=(1, 2, 3, 4), gripper=0.0), 100.0)
    assert dx_at(scheduler, 100.0) == [1]
    scheduler.accept(chunk(100.2, dx=(6, 7, 8, 9), gripper=1.0), 100.2)
    assert dx_at(scheduler, 100.2, 100.4, 100.6, 100.8) == [4, 5, 6, 9]


def test_ensembling_weighs_older_chunks_less():
    scheduler = streaming(ensemble_decay=float(np.log(3)))
    scheduler.accept(chunk(100.0, dx=(0, 4), gripper=NAN), 100.0)
    scheduler.accept(chunk(100.2, dx=(8, 8), gripper=0.5), 100.2)
    action = scheduler.next_slot(100.2).action
    assert action[0] == pytest.approx(7.0)
    assert action[6] == 0.5


def test_chunks_of_another_instruction_are_not_mixed():
    scheduler = streaming(ensemble_decay=0.0)
    scheduler.accept(chunk(100.0, instruction='pick the carrot'), 100.0)
    scheduler.accept(chunk(100.2, dx=(9, 9), instruction='pick the corn'), 100.2)
    assert dx_at(scheduler, 100.2) == [9]


def test_blocking_executes_every_step_of_a_chunk_however_late_it_is():
    scheduler = blocking()
    assert scheduler.accept(chunk(100.0, dx=(1, 2)), 103.0) is None
    assert dx_at(scheduler, 103.0, 103.2, 103.4) == [1, 2, None]


def test_blocking_refuses_chunks_until_the_image_shows_a_still_arm():
    scheduler = blocking(settle_s=0.3)
    scheduler.accept(chunk(100.0, dx=(1, 2)), 101.0)
    dx_at(scheduler, 101.0)
    assert scheduler.accept(chunk(101.0), 101.1).rule == 'chunk_while_moving'
    dx_at(scheduler, 101.2, 101.4)
    # The last step was due at 101.2, ended at 101.4, and the arm stands still at 101.7.
    assert scheduler.accept(chunk(101.6), 102.0).rule == 'chunk_while_moving'
    assert scheduler.accept(chunk(101.75), 102.0) is None


def test_blocking_waits_until_the_given_time_of_standstill():
    scheduler = blocking()
    scheduler.clear(still_s=105.0)
    assert scheduler.accept(chunk(104.0), 104.5).rule == 'chunk_while_moving'
    assert scheduler.accept(chunk(105.0), 105.5) is None


def test_after_a_halt_only_later_images_count_unless_the_clock_is_set():
    scheduler = streaming()
    scheduler.accept(chunk(), 100.0)
    scheduler.halt(100.1, still_s=100.5)
    assert scheduler.num_queued == 0
    refusal = scheduler.accept(chunk(100.05), 100.15)
    assert refusal.rule is Rule.CHUNK_SUPERSEDED
    assert 'taken 0.05 s before the arm was halted' in refusal.message
    assert scheduler.accept(chunk(100.1), 100.15) is None
    scheduler.forget_times()
    assert scheduler.accept(chunk(99.0), 99.0) is None


@given(
    st.lists(
        st.tuples(st.floats(0.0, 0.5), st.floats(0.0, 1.5), st.integers(1, 8), st.booleans()),
        max_size=20,
    ),
    st.sampled_from(list(Execution)),
    st.sampled_from([-1.0, 0.5]),
)
def test_actions_are_never_closer_than_the_shortest_step_period(arrivals, execution, decay):
    scheduler = ChunkScheduler(SchedulerConfig(execution=execution, ensemble_decay=decay))
    issued_s = []
    now_s = 100.0
    for wait_s, age_s, horizon, cleared in arrivals:
        if cleared:
            scheduler.clear(now_s)
        scheduler.accept(chunk(now_s - age_s, dx=(0.01,) * horizon), now_s)
        for tick in range(int(wait_s / 0.02)):
            if scheduler.next_slot(now_s + tick * 0.02) is not None:
                issued_s.append(now_s + tick * 0.02)
        now_s += wait_s
    # A step that is a tick late keeps its phase, so the next one follows that much sooner.
    late_s = 0.025
    shortest_s = shortest_period_s(0.2, execution)
    assert all(gap >= shortest_s - late_s - 1e-9 for gap in np.diff(issued_s))
    assert shortest_period_s(0.2, Execution.BLOCKING) == 0.2


@pytest.mark.parametrize(
    'wrong',
    [
        {'max_chunk_age_s': 0.0},
        {'max_chunk_future_s': -1.0},
        {'settle_s': NAN},
        {'ensemble_decay': -2.0},
    ],
)
def test_a_config_out_of_range_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SchedulerConfig(**wrong)


def step_times(scheduler, arrivals, *, tick_s=0.01, until_s=104.0):
    """Return the start times of single-step chunks, given as (stamp, arrival)."""
    waiting, times_s = list(arrivals), []
    for number in range(round((until_s - 100.0) / tick_s)):
        now_s = 100.0 + number * tick_s
        while waiting and waiting[0][1] <= now_s + 1e-9:
            stamp_s, _ = waiting.pop(0)
            scheduler.accept(chunk(stamp_s, dx=(1,)), now_s)
        if scheduler.next_slot(now_s) is not None:
            times_s.append(now_s)
    return times_s


def test_one_slow_answer_does_not_delay_those_after_it():
    """Otherwise each step would wait for the end of the one before it, forever."""
    arrivals = [(100.0, 100.15), *((100.0 + 0.2 * n, 100.05 + 0.2 * n) for n in range(1, 19))]
    times_s = step_times(streaming(), arrivals)
    waits_s = [start - arrival for start, (_, arrival) in zip(times_s, arrivals, strict=False)]
    assert waits_s[1] == pytest.approx(0.08, abs=0.011)
    assert max(waits_s[8:]) <= 0.011


@example([(101.375, 101.5625), (101.65625, 101.78125), (101.875, 101.875)])
@given(
    st.lists(
        st.tuples(st.floats(0.0, 4.0), st.floats(0.0, 0.5)).map(
            lambda each: (100.0 + each[0], 100.0 + each[0] + each[1])
        ),
        max_size=60,
    )
)
def test_steps_never_follow_each_other_faster_than_nine_tenths_of_their_period(arrivals):
    times_s = step_times(streaming(), sorted(arrivals, key=lambda each: each[1]))
    assert all(gap_s >= 0.18 - 1e-6 for gap_s in np.diff(times_s))


def test_in_blocking_execution_no_step_is_cut_short():
    scheduler = blocking()
    scheduler.accept(chunk(100.0), 101.0)
    assert dx_at(scheduler, 101.0, 101.19, 101.2, 101.39, 101.4) == [1, None, 2, None, 3]


def test_a_late_chunk_of_several_steps_pulls_in_every_step_that_is_late():
    """Three steps, 60 ms late: each cuts the one before it short by 20 ms, until none is late."""
    scheduler = ChunkScheduler(SchedulerConfig())
    scheduler.accept(chunk(100.0, dx=(0.01,) * 6), 100.06)
    times = [
        100.06 + tick * 0.005
        for tick in range(300)
        if scheduler.next_slot(100.06 + tick * 0.005) is not None
    ]
    gaps = np.diff(times)
    assert len(times) == 6
    np.testing.assert_allclose(gaps[:3], 0.18, atol=0.006)
    np.testing.assert_allclose(gaps[3:], 0.2, atol=0.006)


def test_slots_have_numbers_and_start_times():
    scheduler = streaming()
    scheduler.accept(chunk(dx=(1, 2)), 100.0)
    slots = [scheduler.next_slot(time_s) for time_s in (100.0, 100.21)]
    assert [(slot.number, slot.step) for slot in slots] == [(1, 0), (2, 1)]
    assert [slot.begin_s for slot in slots] == pytest.approx([100.0, 100.2])
    scheduler.clear(0.0)
    scheduler.accept(chunk(101.0), 101.0)
    assert scheduler.next_slot(101.0).number == 3


def test_a_chunk_with_a_first_slot_begins_with_the_step_of_the_next_slot():
    scheduler = streaming()
    scheduler.accept(chunk(100.0, first_slot=1), 100.3)
    assert dx_at(scheduler, 100.3, 100.5) == [1, 2]
    # Of slots 1, 2, 3, 4 the first two have begun, whatever the stamp says.
    scheduler.accept(chunk(100.39, dx=(5, 6, 7, 8), first_slot=1, num_committed=2), 100.6)
    assert dx_at(scheduler, 100.6, 100.7, 100.9, 101.1) == [None, 7, 8, None]


@given(
    latencies_s=st.lists(st.floats(0.0, 1.2), min_size=1, max_size=12),
    early_s=st.floats(0.0, 0.1),
)
def test_no_slot_is_executed_twice_or_skipped(latencies_s, early_s):
    """Chunks name the slot of their first step; whenever they arrive, each slot runs once."""
    scheduler, executed, begun_s = streaming(), [], {}
    now_s, answers = 100.0, []
    for sequence, latency_s in enumerate(latencies_s):
        first_slot = len(executed) + 1
        answers.append((now_s + latency_s, now_s - early_s, first_slot, sequence))
        answers.sort()
        for _ in range(20):
            while answers and answers[0][0] <= now_s:
                _, stamp_s, first, number = answers.pop(0)
                numbers = np.arange(first, first + 8)
                scheduler.accept(chunk(stamp_s, numbers, sequence=number, first_slot=first), now_s)
            if (slot := scheduler.next_slot(now_s)) is not None:
                executed.append(slot)
                begun_s[slot.number] = now_s
            now_s += 0.02
    assert [slot.number for slot in executed] == list(range(1, len(executed) + 1))
    assert [slot.action[0] for slot in executed] == [slot.number for slot in executed]
    times_s = list(begun_s.values())
    assert all(after - before > 0.199 for before, after in itertools.pairwise(times_s))


@pytest.mark.parametrize(
    ('fields', 'says'),
    [
        ({'first_slot': 9}, 'before the bridge was configured'),
        ({'first_slot': 1, 'num_committed': 3}, 'continues from 3 actions, but only 1 were'),
    ],
)
def test_a_chunk_that_does_not_fit_the_slots_is_refused(fields, says):
    scheduler = streaming()
    scheduler.accept(chunk(dx=(1,)), 100.0)
    assert dx_at(scheduler, 100.0, 100.2) == [1, None]
    refusal = scheduler.accept(chunk(100.3, **fields), 100.3)
    assert refusal.rule is Rule.CHUNK_SLOT
    assert says in refusal.message
    assert dx_at(scheduler, 100.4) == [None]


def test_a_chunk_whose_slots_have_all_begun_is_refused():
    scheduler = streaming()
    scheduler.accept(chunk(first_slot=1), 100.0)
    dx_at(scheduler, 100.0, 100.2, 100.4)
    refusal = scheduler.accept(chunk(100.0, dx=(1, 2), first_slot=2), 100.5)
    assert refusal.rule is Rule.CHUNK_PAST
    assert 'ends with slot 3, which has already started' in refusal.message


def test_committing_and_ensembling_exclude_each_other():
    refusal = streaming(ensemble_decay=0.0).accept(chunk(first_slot=1), 100.0)
    assert refusal.rule is Rule.CHUNK_SLOT
    assert 'commit_actions' in refusal.message


def test_a_chunk_with_only_committed_actions_is_malformed():
    refusal = streaming().accept(chunk(first_slot=1, num_committed=4), 100.0)
    assert refusal.rule is Rule.CHUNK_SHAPE
