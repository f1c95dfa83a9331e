# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the servos say of themselves."""

from __future__ import annotations

import pytest

from genvla_viperx.hardware_error import FaultLatch, in_words


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
    latch.report({})
    assert latch.objection == ''
