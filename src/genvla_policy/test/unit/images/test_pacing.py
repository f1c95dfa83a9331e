# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The choice of the images to answer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
import pytest

from genvla_policy.images.pacing import Pacer


def test_the_first_image_is_taken():
    assert Pacer(0.2).take(100.0)


def test_the_same_image_is_not_taken_twice():
    pacer = Pacer(0.2)
    pacer.take(100.0)
    assert not pacer.take(100.0)


def test_the_same_image_is_not_taken_twice_after_a_restart():
    pacer = Pacer(0.2)
    pacer.take(100.0)
    pacer.restart()
    assert not pacer.take(100.0)


def test_a_restart_takes_the_next_image_at_once():
    pacer = Pacer(0.2)
    pacer.take(100.0)
    pacer.restart()
    assert pacer.take(100.033)


def test_stamps_that_go_backwards_are_taken():
    pacer = Pacer(0.2)
    pacer.take(100.0)
    assert pacer.take(3.0)


@given(st.lists(st.floats(-0.004, 0.004), min_size=300, max_size=300))
def test_a_jittering_camera_at_30_hz_is_answered_at_5_hz(jitter_s):
    pacer = Pacer(0.2)
    taken = sum(pacer.take(i / 30.0 + jitter) for i, jitter in enumerate(jitter_s))
    assert taken == pytest.approx(50, abs=1)


@given(st.lists(st.floats(-0.004, 0.004), min_size=100, max_size=100))
def test_a_jittering_camera_at_10_hz_is_answered_at_every_second_image(jitter_s):
    """An early image is taken, because the next one would be half a period late."""
    pacer = Pacer(0.2)
    taken = [i for i, jitter in enumerate(jitter_s) if pacer.take(i / 10.0 + jitter)]
    assert taken == list(range(0, 100, 2))


def test_after_a_gap_the_rate_is_not_exceeded():
    pacer = Pacer(0.2)
    pacer.take(0.0)
    pacer.take(0.9)
    assert [pacer.take(0.95), pacer.take(1.0), pacer.take(1.1)] == [False, False, True]


def test_a_period_of_zero_takes_every_image():
    pacer = Pacer(0.0)
    assert [pacer.take(0.0), pacer.take(0.001), pacer.take(0.002)] == [True, True, True]
