# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Which chunks can be executed at all, on this arm, and with the current instruction."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from genvla_viperx.control.chunk import Chunk, malformed, unfit
from genvla_viperx.safety.refusal import Rule


def chunk(actions=None, stamp_s=100.0, step_period_s=0.2, instruction=''):
    actions = np.zeros((2, 7)) if actions is None else actions
    return Chunk(stamp_s, step_period_s, actions, sequence=5, instruction=instruction)


def with_value(value, column):
    actions = np.zeros((2, 7))
    actions[1, column] = value
    return actions


def test_step_i_begins_i_periods_after_the_image():
    assert chunk().start_s(0) == 100.0
    assert chunk().start_s(2) == pytest.approx(100.4)


def test_a_nan_gripper_is_valid():
    assert malformed(chunk(with_value(nan, 6))) is None


@pytest.mark.parametrize(
    ('wrong', 'rule'),
    [
        ({'actions': np.zeros((2, 6))}, Rule.CHUNK_SHAPE),
        ({'actions': np.zeros(7)}, Rule.CHUNK_SHAPE),
        ({'actions': np.zeros((0, 7))}, Rule.CHUNK_EMPTY),
        ({'step_period_s': 0.0}, Rule.CHUNK_PERIOD),
        ({'step_period_s': nan}, Rule.CHUNK_PERIOD),
        ({'step_period_s': 200.0}, Rule.CHUNK_PERIOD),
        ({'stamp_s': inf}, Rule.CHUNK_NONFINITE),
        ({'actions': with_value(nan, 0)}, Rule.CHUNK_NONFINITE),
        ({'actions': with_value(inf, 6)}, Rule.CHUNK_NONFINITE),
    ],
)
def test_a_malformed_chunk_is_refused_by_rule_and_sequence(wrong, rule):
    refusal = malformed(chunk(**wrong))
    assert refusal.rule is rule
    assert refusal.message.startswith('chunk 5 ')


def test_the_broken_steps_are_named():
    assert 'in steps [1]' in malformed(chunk(with_value(nan, 3))).message


@pytest.mark.parametrize(
    ('period_s', 'rule'),
    [(0.1, Rule.CHUNK_PERIOD), (0.175, Rule.CHUNK_PERIOD), (0.19, None), (0.21, None)],
)
def test_a_period_within_a_tenth_of_the_configured_one_is_accepted(period_s, rule):
    refusal = unfit(chunk(step_period_s=period_s), 0.125, 0.2, None)
    assert (None if refusal is None else refusal.rule) is rule


def test_any_period_that_the_servos_can_follow_is_accepted_if_none_is_configured():
    assert unfit(chunk(step_period_s=1.0), 0.125, 0.0, None) is None
    assert unfit(chunk(step_period_s=0.1), 0.125, 0.0, None).rule is Rule.CHUNK_PERIOD


@pytest.mark.parametrize(
    ('instruction', 'in_force', 'fits'),
    [('a', None, True), ('a', 'a', True), ('a', 'b', False), ('a', '', False), ('', '', False)],
)
def test_a_chunk_must_have_the_current_instruction(instruction, in_force, fits):
    refusal = unfit(chunk(instruction=instruction), 0.125, 0.2, in_force)
    assert fits == (refusal is None)
    assert fits or refusal.rule is Rule.CHUNK_INSTRUCTION
