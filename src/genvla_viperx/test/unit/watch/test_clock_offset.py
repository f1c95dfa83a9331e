# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The age of messages that another clock stamped."""

from __future__ import annotations

import pytest

from genvla_viperx.watch.clock_offset import ClockOffset


@pytest.mark.parametrize('offset_s', [0.0, -3600.0, 2.5])
def test_the_delay_of_a_message_is_its_extra_age_over_the_youngest(offset_s):
    clock = ClockOffset(40)
    assert clock.sent_s(100.0 + offset_s, 100.01) == pytest.approx(100.01)
    assert clock.sent_s(100.1 + offset_s, 100.11) == pytest.approx(100.11)
    assert clock.sent_s(100.2 + offset_s, 103.01) == pytest.approx(100.21)
    assert clock.youngest_s == pytest.approx(0.01 - offset_s)


def test_a_message_without_a_stamp_counts_from_its_arrival():
    clock = ClockOffset(40)
    assert clock.sent_s(0.0, 100.0) == 100.0
    assert clock.youngest_s is None


def test_a_clock_that_has_not_started_is_ignored():
    clock = ClockOffset(40)
    clock.sent_s(2.1, 0.0)
    assert clock.youngest_s is None
    assert clock.sent_s(2.2, 2.2) == 2.2


def test_old_messages_leave_the_window():
    clock = ClockOffset(3)
    clock.sent_s(100.0, 100.0)
    sent_s = [clock.sent_s(100.0 + i, 101.0 + i) for i in range(4)]
    assert sent_s == [100.0, 101.0, 103.0, 104.0]
    clock.forget()
    assert clock.youngest_s is None
