# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An answer begins with the actions of the slots that will have begun when it arrives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_policy.inference.commitment import NOTHING, BegunStep, Commitment

PERIOD_S = 0.2
HORIZON = 8
CARROT, KNIFE = 'pick up the carrot', 'pick up the knife'


def action_of(slot):
    """Return an action that encodes its slot."""
    return np.array([slot / 1000.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])


def plan_from(first_slot, horizon=HORIZON):
    return np.array([action_of(slot) for slot in range(first_slot, first_slot + horizon)])


def begun(slot, *, first_slot=1, **fields):
    """Return the report of a slot; slot 1 began at 100 s."""
    values = {
        'slot': slot,
        'begin_s': 100.0 + (slot - 1) * PERIOD_S,
        'period_s': PERIOD_S,
        'sequence': 0,
        'step': slot - first_slot,
        'instruction': CARROT,
        'action': action_of(slot),
    }
    return BegunStep(**values | fields)


def executing(num_begun=3, *, latency_s=0.3):
    """Return a commitment after `num_begun` reports of the first chunk, slots 1 to 8."""
    commitment = Commitment(HORIZON)
    commitment.published(0, 1, plan_from(1), 99.9)
    for slot in range(1, num_begun + 1):
        commitment.report(begun(slot))
    commitment.answered(latency_s)
    return commitment


def slots_of(committed):
    return np.rint(committed.actions_KA[:, 0] * 1000.0).astype(int).tolist()


def test_a_chunk_is_placed_by_its_stamp_before_the_first_report():
    assert Commitment(HORIZON).commit(100.0, 100.0, CARROT) is NOTHING
    assert Commitment(HORIZON).slot_of(100.0, 0.0, 100.0) == 0


@pytest.mark.parametrize(
    ('latency_s', 'slots'), [(0.05, [3]), (0.25, [3, 4]), (0.7, [3, 4, 5, 6])]
)
def test_slots_from_the_image_to_the_answer_are_committed(latency_s, slots):
    # Slot 3 begins at 100.4 s.
    committed = executing(latency_s=latency_s).commit(100.41, 100.41, CARROT)
    assert committed.first_slot == 3
    assert slots_of(committed) == slots


def test_an_image_before_the_start_of_a_slot_is_answered_from_that_slot_on():
    committed = executing(latency_s=0.05).commit(100.59, 100.59, CARROT)
    assert (committed.first_slot, slots_of(committed)) == (4, [4])


def test_executed_actions_are_committed_rather_than_planned_ones():
    commitment = executing(num_begun=2)
    clipped = np.array([0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    commitment.report(begun(3, action=clipped))
    committed = commitment.commit(100.4, 100.4, CARROT)
    np.testing.assert_array_equal(committed.actions_KA, [clipped, action_of(4)])


def test_planned_motion_is_scaled_like_the_bridge_does():
    commitment = executing(num_begun=2)
    commitment.report(begun(3, speed_scale=0.5))
    committed = commitment.commit(100.4, 100.4, CARROT)
    half = [0.5] * 6 + [1.0]
    # The action of a step that has begun was reported after scaling.
    np.testing.assert_allclose(committed.actions_KA, [action_of(3), action_of(4) * half])


def test_planned_motion_is_published_unscaled_because_the_bridge_scales_it():
    commitment = executing(num_begun=2)
    commitment.report(begun(3, speed_scale=0.5))
    committed = commitment.commit(100.4, 100.4, CARROT)
    answer = np.full((HORIZON, 7), 0.25)
    published = committed.begin(answer)
    np.testing.assert_array_equal(published[:2, :6], plan_from(3)[:2, :6])
    np.testing.assert_array_equal(published[2:], answer[2:])
    # The gripper is not scaled, so the answer already has it.
    np.testing.assert_array_equal(published[:, 6], answer[:, 6])
    np.testing.assert_array_equal(NOTHING.begin(answer), answer)


def test_only_the_rest_of_the_chunk_is_committed():
    commitment = executing(num_begun=7, latency_s=0.7)
    assert slots_of(commitment.commit(101.2, 101.2, CARROT)) == [7, 8]


def test_one_action_is_always_left_to_the_model():
    commitment = executing(latency_s=5.0)
    commitment.published(1, 3, plan_from(3), 100.4)
    assert len(commitment.commit(100.4, 100.4, CARROT).actions_KA) == HORIZON - 1


def test_an_idle_bridge_commits_nothing_and_starts_with_its_next_slot():
    committed = executing().commit(100.8, 100.8, CARROT)
    assert (committed.first_slot, len(committed.actions_KA)) == (4, 0)


def test_a_new_instruction_commits_no_actions_of_the_old_one():
    committed = executing().commit(100.41, 100.41, KNIFE)
    assert (committed.first_slot, len(committed.actions_KA)) == (4, 0)


def test_an_activated_bridge_starts_with_the_slot_after_its_last_one():
    commitment = Commitment(HORIZON)
    nothing = np.full(7, np.nan)
    commitment.report(begun(0, period_s=0.0, instruction='', action=nothing))
    assert commitment.slot_of(100.0, 0.017, 100.0) == 0
    committed = commitment.commit(100.0, 100.0, CARROT)
    assert (committed.first_slot, len(committed.actions_KA)) == (1, 0)


def test_the_first_report_of_a_chunk_places_it_in_its_slots():
    commitment = Commitment(HORIZON)
    commitment.published(0, 0, plan_from(1), 99.9)
    commitment.report(begun(5, first_slot=5, action=action_of(1)))
    commitment.answered(0.3)
    committed = commitment.commit(100.8, 100.8, CARROT)
    assert (committed.first_slot, slots_of(committed)) == (5, [1, 2])


def test_the_report_of_an_activation_does_not_place_a_chunk():
    commitment = Commitment(HORIZON)
    commitment.published(0, 0, plan_from(1), 99.9)
    commitment.report(begun(0, instruction='', action=np.full(7, np.nan)))
    commitment.report(begun(1, sequence=9, action=action_of(1)))
    commitment.answered(0.3)
    # Slot 2 is unknown: the bridge executes another chunk than the published one.
    assert slots_of(commitment.commit(100.0, 100.0, CARROT)) == [1]


def test_a_report_is_not_modified():
    commitment = executing(num_begun=2)
    still = np.array([0.0] * 6 + [np.nan])
    commitment.report(begun(3, action=still))
    assert np.isnan(still[6])


def test_a_missing_report_commits_nothing():
    commitment = executing(num_begun=2)
    commitment.published(1, 4, plan_from(4), 100.5)
    commitment.report(begun(4))
    assert commitment.commit(100.41, 100.61, CARROT) is NOTHING


def test_a_step_that_left_the_gripper_alone_has_the_opening_before_it():
    commitment = executing(num_begun=2)
    still = np.array([0.0] * 6 + [np.nan])
    commitment.report(begun(3, action=still))
    committed = commitment.commit(100.4, 100.4, CARROT)
    np.testing.assert_array_equal(committed.actions_KA[0], [0.0] * 6 + [1.0])


def test_a_restarted_count_of_slots_is_followed():
    commitment = executing(num_begun=5)
    commitment.report(begun(1, begin_s=200.0))
    committed = commitment.commit(200.0, 200.0, CARROT)
    assert (committed.first_slot, slots_of(committed)) == (1, [1])


def test_a_latency_above_half_a_chunk_waits_for_the_arm():
    commitment = executing(latency_s=0.9)
    assert commitment.slot_of(100.41, 0.017, 100.41) is None
    assert commitment.slot_of(100.85, 0.017, 100.85) is None
    assert commitment.slot_of(100.95, 0.017, 100.95) == 0


@given(
    offset_s=st.floats(0.0, 0.2),
    frame_period_s=st.sampled_from([1 / 60, 1 / 30, 0.1, 0.2]),
    busy_s=st.floats(0.0, 0.2),
)
def test_the_image_nearest_to_the_start_of_a_slot_is_answered(offset_s, frame_period_s, busy_s):
    """Whatever the phase of the camera, the first image taken for a slot is the nearest one."""
    commitment = executing(num_begun=3, latency_s=0.05)
    stamps_s = np.arange(100.4 - 0.1 + offset_s % frame_period_s, 100.6, frame_period_s)
    taken = [
        (float(stamp_s), slot)
        for stamp_s in stamps_s
        if (slot := commitment.slot_of(stamp_s, frame_period_s / 2, 100.4 + busy_s)) is not None
    ]
    offsets_s = np.abs(stamps_s - 100.4)
    first_s, slot = taken[0]
    assert slot == 3
    assert abs(first_s - 100.4) == pytest.approx(offsets_s.min())
    assert all(abs(s - 100.4) <= max(frame_period_s / 2, 0.05) + 1e-9 for s, n in taken if n == 3)
