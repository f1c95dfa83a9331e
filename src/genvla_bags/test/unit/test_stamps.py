# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""When stamps are used, and when recording times replace them."""

from __future__ import annotations

from types import SimpleNamespace

from genvla_bags.stamps import TopicClock, duration_s, stamp_ns, stamp_s


def test_stamps_that_drift_are_not_used_and_steady_ones_are():
    steady, jumping = TopicClock('/a'), TopicClock('/b')
    for number in range(1, 10):
        steady.watch(number, number + 0.3)
        jumping.watch(number - (50 if number > 5 else 0), number)
    assert steady.time_s(3.0, 3.3) == 3.0
    assert jumping.time_s(3.0, 3.3) == 3.3
    assert 'jump by 50.0 s' in jumping.notice


def test_messages_without_a_stamp_use_their_recording_times():
    clock = TopicClock('/a')
    clock.watch(0.0, 5.0)
    assert clock.time_s(0.0, 5.0) == 5.0
    assert 'without a stamp' in clock.notice


def test_stamps_of_a_clock_that_is_set_differently_are_not_used():
    clock = TopicClock('/a')
    clock.watch(100.0, 3700.0)
    assert clock.time_s(100.0, 3700.0) == 3700.0
    assert '3600 s off the clock of the recorder' in clock.notice


def test_a_stamp_is_converted_without_rounding_nanoseconds():
    header = SimpleNamespace(stamp=SimpleNamespace(sec=1_700_000_000, nanosec=1))
    assert stamp_ns(header) == 1_700_000_000_000_000_001
    assert stamp_s(header) == 1_700_000_000.0
    assert duration_s(SimpleNamespace(sec=0, nanosec=200_000_000)) == 0.2
