# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One image per slot is answered; without slots, images on a time grid."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_policy.inference.commitment import BegunStep, Commitment
from genvla_policy.inference.slot_pacing import SlotPacer

PERIOD_S = 0.2


@pytest.fixture
def loop():
    return Loop()


class Loop:
    """A 30 Hz camera, and a bridge that begins a slot every 0.2 s from 100.1 s on."""

    def __init__(self, period_s=PERIOD_S):
        self.now_s = 100.0
        self.commitment = Commitment(8)
        self.pacer = SlotPacer(
            period_s,
            step_period_s=PERIOD_S,
            commitment=self.commitment,
            now_s=lambda: self.now_s,
        )

    def run(self, duration_s, *, executes=True, fps=30.0):
        """Return the stamps of the images that are taken."""
        taken = []
        for stamp_s in np.arange(self.now_s, self.now_s + duration_s, 1.0 / fps).tolist():
            self.now_s = stamp_s
            slot = int((stamp_s - 100.1) // PERIOD_S) + 1
            if executes and slot >= 1:
                self.commitment.report(
                    BegunStep(
                        slot, 100.1 + (slot - 1) * PERIOD_S, PERIOD_S, 0, 0, 'lift', np.zeros(7)
                    )
                )
            self.pacer.see(stamp_s)
            if self.pacer.take(stamp_s):
                taken.append(stamp_s)
        return taken


def test_without_slots_images_are_taken_on_a_grid(loop):
    assert np.diff(loop.run(2.0, executes=False)) == pytest.approx(0.2)


def test_the_nearest_image_of_each_slot_is_taken(loop):
    first, *taken = loop.run(2.0)
    assert first == 100.0
    offsets_s = (np.array(taken) - 100.1 + PERIOD_S / 2) % PERIOD_S - PERIOD_S / 2
    assert np.abs(offsets_s).max() <= 1.0 / 60 + 1e-6
    slots = np.rint((np.array(taken) - 100.1) / PERIOD_S)
    assert np.diff(slots).tolist() == [1] * (len(slots) - 1)


def test_after_a_restart_the_next_image_is_taken_whenever_it_comes(loop):
    loop.run(1.19)
    loop.now_s = 101.2  # in the middle of a slot
    assert loop.run(0.01) == []
    loop.pacer.restart()
    loop.now_s = 101.21
    assert loop.run(0.01) == [101.21]


def test_a_rate_below_that_of_the_slots_is_kept():
    taken = Loop(period_s=0.4).run(4.0)
    assert np.diff(taken[1:]).min() > 0.35


@pytest.mark.parametrize('set_back_s', [0.0, 60.0])
def test_a_slow_policy_is_asked_again_if_its_chunk_is_not_executed(loop, set_back_s):
    """The bridge may have refused the chunk, or the arm was stopped, or the inference failed."""
    loop.commitment.answered(0.9)
    loop.run(0.2)  # slot 1 begins
    (taken_s,) = loop.run(0.5, executes=False)
    assert taken_s >= 100.1 + PERIOD_S + 0.3
    loop.now_s = taken_s + 0.9 - set_back_s
    loop.commitment.published(1, 2, np.zeros((8, 7)), loop.now_s)
    assert len(loop.run(1.0, executes=False)) >= 4


def test_a_slow_policy_waits_for_the_report_of_the_chunk_that_it_just_published(loop):
    loop.commitment.answered(0.9)
    loop.run(0.2)
    loop.run(0.7, executes=False)
    loop.now_s = 101.8
    loop.commitment.published(1, 2, np.zeros((8, 7)), loop.now_s)
    assert loop.run(0.1, executes=False) == []


def test_the_same_image_is_not_taken_twice(loop):
    last_s = loop.run(1.0)[-1]
    loop.pacer.restart()
    assert not loop.pacer.take(last_s)
    loop.run(0.1, executes=False)
    loop.pacer.restart()
    assert loop.pacer.take(loop.now_s + 0.01)
    loop.pacer.restart()
    assert not loop.pacer.take(loop.now_s + 0.01)
