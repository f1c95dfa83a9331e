# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The demo goes on after a stop by a safety rule, and never after one by a person."""

from __future__ import annotations

import pytest

from genvla_bringup.demo.retry import Retry

BY_A_RULE = 'stopped: motor current too high: shoulder'


def due_at_s(statuses, period_s=0.5):
    retry = Retry()
    return [
        period_s * number
        for number, status in enumerate(statuses)
        if retry.is_due(status, 100.0 + period_s * number)
    ]


def test_a_stop_by_a_rule_ends_once_after_two_seconds():
    assert due_at_s(['executing', *[BY_A_RULE] * 20]) == [2.5]


def test_each_stop_ends_once():
    assert due_at_s([*[BY_A_RULE] * 6, 'moving: to home', *[BY_A_RULE] * 6]) == [2.0, 5.5]


@pytest.mark.parametrize(
    'status',
    [
        'stopped: stop was requested',
        'stopped: asleep',
        'stopped: cleared; call resume to continue',
        'holding',
        'faulted: no power',
    ],
)
def test_nothing_else_ends(status):
    assert due_at_s([status] * 20) == []


def test_a_person_who_stops_a_stopped_arm_keeps_it_stopped():
    assert due_at_s([*[BY_A_RULE] * 3, *['stopped: stop was requested'] * 20]) == []
