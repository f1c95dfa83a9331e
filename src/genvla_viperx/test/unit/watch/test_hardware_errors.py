# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Servo errors in words, and their latch."""

from __future__ import annotations

import pytest

from genvla_viperx.watch.hardware_errors import FaultLatch, in_words


@pytest.mark.parametrize(
    ('status', 'words'),
    [
        (0x01, 'input voltage'),
        (0x24, 'overheating, overload'),
        (0x20 | 0x80, 'overload, unknown error 0x80'),
        (0x02, 'unknown error 0x02'),
    ],
)
def test_every_bit_has_a_word(status, words):
    assert in_words(status) == words


def test_the_objection_names_motors_and_what_to_do():
    latch = FaultLatch()
    assert latch.objection == ''
    latch.report({'elbow': 0x20, 'gripper': 0x04})
    assert 'elbow: overload; gripper: overheating' in latch.objection
    assert 'clear_fault' in latch.objection


def test_an_error_stays_until_it_is_cleared_whatever_the_servos_report():
    latch = FaultLatch()
    latch.report({'elbow': 0x20})
    latch.report({})
    latch.report({'elbow': 0x04, 'waist': 0x01})
    assert latch.errors == 'elbow: overheating, overload; waist: input voltage'
    latch.clear()
    assert latch.objection == latch.errors == ''


def test_a_servo_that_does_not_answer_is_a_fault_too():
    latch = FaultLatch()
    latch.report_silence('no answer of elbow_shadow')
    latch.report({})
    assert latch.errors == 'no answer of elbow_shadow'
    assert 'does not answer' in latch.objection
    assert 'clear_fault' in latch.objection
    latch.clear()
    assert latch.objection == ''
