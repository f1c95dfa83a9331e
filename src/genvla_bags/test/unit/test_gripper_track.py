# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Gripper commands over time, from chunks as the bridge executes them."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_bags.gripper_track import GripperTrack
from genvla_bags.recorded_chunk import RecordedChunk


def chunk(arrival_s, stamp_s, *openings):
    """Return a chunk at 5 Hz that moves only the gripper."""
    actions = np.zeros((len(openings), 7))
    actions[:, 6] = openings
    stamp_ns = round(stamp_s * 1e9)
    return RecordedChunk(stamp_ns, arrival_s, 'go', '', actions, np.empty(0), 0.2, 0.0, 'tiny')


def commands(track, *times_s):
    return [track.commanded_at(time_s) for time_s in times_s]


def test_a_command_is_in_force_until_the_next_one():
    track = GripperTrack.of([chunk(10.0, 10.0, 1.0), chunk(11.0, 11.0, 0.0)])
    assert np.isnan(track.commanded_at(9.9))
    assert commands(track, 10.0, 10.9, 11.0, 60.0) == [1.0, 1.0, 0.0, 0.0]


def test_the_steps_of_a_chunk_follow_each_other_from_its_stamp():
    track = GripperTrack.of([chunk(10.3, 10.0, 0.1, 0.2, 0.3, 0.4)])
    assert np.isnan(track.commanded_at(10.2))
    assert commands(track, 10.3, 10.41, 10.61, 20.0) == [0.2, 0.3, 0.4, 0.4]


def test_a_newer_chunk_replaces_the_rest_of_an_older_one():
    track = GripperTrack.of([chunk(10.0, 10.0, 0.9, 0.8, 0.7), chunk(10.1, 10.1, 0.2, 0.1)])
    assert commands(track, 10.05, 10.15, 10.25, 10.35) == [0.9, 0.2, 0.2, 0.1]


def test_a_chunk_that_arrives_late_is_executed_from_its_first_step():
    """This happens in blocking execution, or if the stamp comes from another clock."""
    track = GripperTrack.of([chunk(10.0, 5.0, 0.1, 0.2), chunk(20.0, 900.0, 0.3, 0.4)])
    assert commands(track, 10.1, 10.3, 20.1, 20.3) == [0.1, 0.2, 0.3, 0.4]


def test_a_step_without_a_gripper_value_commands_nothing():
    track = GripperTrack.of([chunk(10.0, 10.0, 0.5, np.nan, 0.7), chunk(11.0, 11.0, np.nan)])
    assert commands(track, 10.3, 10.5, 12.0) == pytest.approx([0.5, 0.7, 0.7])


def test_commands_are_between_closed_and_open():
    track = GripperTrack.of([chunk(10.0, 10.0, 1.3), chunk(11.0, 11.0, -0.2)])
    assert commands(track, 10.5, 11.5) == [1.0, 0.0]


def test_a_step_is_labelled_with_the_command_in_force_at_its_end():
    track = GripperTrack.of([chunk(10.15, 10.0, 0.1, 0.2, 0.3)])
    steps = track.commanded(10.0, num_steps=4, period_s=0.2)
    np.testing.assert_array_equal(steps, [0.1, 0.2, 0.3, 0.3])


def test_without_a_command_there_is_no_track():
    assert GripperTrack.of([]) is None
    assert GripperTrack.of([chunk(10.0, 10.0, np.nan)]) is None


def test_chunks_that_a_stopped_bridge_rejects_are_not_commands():
    chunks = [chunk(10.0, 10.0, 1.0), chunk(11.0, 11.0, 0.0), chunk(12.0, 12.0, 0.4)]
    states = [(9.0, 'holding'), (10.01, 'executing'), (10.5, 'stopped'), (12.01, 'executing')]
    track = GripperTrack.of(chunks, states)
    assert commands(track, 10.1, 11.5, 12.1) == [1.0, 1.0, 0.4]


def test_remaining_steps_are_not_commands_after_the_bridge_is_stopped():
    states = [(10.01, 'executing'), (10.3, 'stopped')]
    track = GripperTrack.of([chunk(10.0, 10.0, 0.1, 0.2, 0.3, 0.4)], states)
    assert commands(track, 10.1, 10.25, 10.45, 10.7) == [0.1, 0.2, 0.2, 0.2]


def test_chunks_count_as_executed_when_no_bridge_state_was_recorded():
    assert commands(GripperTrack.of([chunk(10.0, 10.0, 0.7)]), 10.1) == [0.7]
