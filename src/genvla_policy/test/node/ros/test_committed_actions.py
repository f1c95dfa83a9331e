# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""While the bridge executes a chunk, the policy continues from the committed actions."""

from __future__ import annotations

from dataclasses import replace

import pytest


@pytest.fixture
def long_bench(bench):
    """A policy whose chunks are eight actions long."""
    bench.policy.config = replace(bench.policy.config, horizon=8)
    return bench


def first_chunk(bench):
    """Let the bridge execute the first chunk from slot 1, which begins at 100.0 s."""
    bench.activate(instruction='pick the carrot')
    bench.show(100.0)
    bench.wait_for_chunks(1)
    bench.execute(1, 100.0)


def test_the_first_chunk_is_placed_by_its_stamp(long_bench):
    first_chunk(long_bench)
    assert (long_bench.chunks[0].first_slot, long_bench.chunks[0].num_committed) == (0, 0)
    assert long_bench.policy.committed == [None]


def test_the_next_chunk_begins_with_the_actions_in_execution(long_bench):
    first_chunk(long_bench)
    long_bench.set_time(100.2)
    long_bench.execute(2, 100.2, step=1)
    long_bench.show(100.2)
    long_bench.wait_for_chunks(2)
    chunk = long_bench.chunks[1]
    assert (chunk.first_slot, chunk.num_committed) == (2, 1)
    assert long_bench.policy.committed[1][0, 0] == 0.02


def test_the_expected_latency_is_measured_on_the_clock_of_the_slots(long_bench):
    """A simulation may be faster or slower than real time."""
    first_chunk(long_bench)
    long_bench.set_time(100.2)
    long_bench.execute(2, 100.2, step=1)
    long_bench.policy.gate.clear()
    long_bench.show(100.2)
    long_bench.wait_for_inferences(2)
    for slot in (3, 4):
        begin_s = 100.0 + 0.2 * (slot - 1)
        long_bench.set_time(begin_s)
        long_bench.execute(slot, begin_s, step=slot - 1)
    long_bench.set_time(100.7)
    long_bench.policy.gate.set()
    long_bench.wait_for_chunks(2)
    long_bench.set_time(100.8)
    long_bench.execute(5, 100.8, sequence=1, step=3)
    long_bench.show(100.8)
    long_bench.wait_for_chunks(3)
    # The answers took 0 s and 0.5 s, so the next one is expected after 0.45 s: slots 5, 6 and 7.
    chunk = long_bench.chunks[2]
    assert (chunk.first_slot, chunk.num_committed) == (5, 3)


@pytest.mark.parametrize(('slot', 'num_published'), [(2, 2), (3, 1)])
def test_a_first_action_whose_slot_has_begun_is_published_with_its_chunk_only(
    long_bench, slot, num_published
):
    """The bridge would refuse it, because it has no other action that is new."""
    long_bench.policy.streams = True
    long_bench.activate(instruction='pick the carrot', stream_first_action=True)
    long_bench.show(100.0)
    long_bench.wait_for_chunks(2)
    long_bench.execute(1, 100.0, sequence=1)
    long_bench.set_time(100.2)
    long_bench.execute(2, 100.2, sequence=1, step=1)
    long_bench.policy.gate.clear()
    long_bench.show(100.2)
    long_bench.wait_for_inferences(2)
    long_bench.execute(slot, 100.2 + 0.2 * (slot - 2), sequence=1, step=slot - 1)
    long_bench.policy.gate.set()
    long_bench.wait_for_chunks(2 + num_published)
    lengths = [len(chunk.actions) for chunk in long_bench.chunks[2:]]
    assert lengths == [2, 8][2 - num_published :]
    assert [chunk.first_slot for chunk in long_bench.chunks[2:]] == [2] * num_published


def test_an_image_between_two_slots_is_skipped(long_bench):
    first_chunk(long_bench)
    for stamp_s in (100.03, 100.06, 100.1):
        long_bench.set_time(stamp_s)
        long_bench.show(stamp_s)
        long_bench.graph.spin_for(0.1)
    assert len(long_bench.policy.observations) == 1


def test_a_new_instruction_is_answered_at_once_and_commits_nothing(long_bench):
    first_chunk(long_bench)
    long_bench.set_time(100.07)
    long_bench.set_instruction('pick the knife')
    long_bench.show(100.07)
    long_bench.wait_for_chunks(2)
    chunk = long_bench.chunks[1]
    assert (chunk.instruction, chunk.first_slot, chunk.num_committed) == ('pick the knife', 2, 0)


def test_commit_actions_false_commits_nothing(long_bench):
    long_bench.activate(instruction='pick the carrot', commit_actions=False)
    long_bench.show(100.0)
    long_bench.wait_for_chunks(1)
    long_bench.execute(1, 100.0)
    long_bench.set_time(100.2)
    long_bench.show(100.2)
    long_bench.wait_for_chunks(2)
    assert (long_bench.chunks[1].first_slot, long_bench.chunks[1].num_committed) == (0, 0)


def test_the_status_reports_the_age_of_an_image_when_its_actions_are_published(long_bench):
    first_chunk(long_bench)
    values = {value.key: value.value for value in long_bench.status().values}
    assert float(values['image_to_first_action_ms']) == float(values['image_to_chunk_ms']) == 0.0
    assert values['committed_actions'] == '0'
