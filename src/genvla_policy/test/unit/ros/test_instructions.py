# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Which instructions are accepted, and which are announced."""

from __future__ import annotations

import pytest

from genvla_policy.images.pacing import Pacer
from genvla_policy.ros.instructions import InstructionRefused, Instructions
from genvla_policy.ros.observation_buffer import ObservationBuffer


def refuse_ham(instruction: str) -> None:
    if 'ham' in instruction:
        raise ValueError('the model has no room for ham')


@pytest.fixture
def announced():
    return []


@pytest.fixture
def instructions(announced):
    return Instructions(
        ObservationBuffer(Pacer(0.2), timeout_s=0.5, now_s=lambda: 0.0),
        max_length=1000,
        check_fits=refuse_ham,
        announce=announced.append,
    )


def test_there_is_no_instruction_at_the_start(instructions, announced):
    assert announced == ['']


def test_surrounding_white_space_is_stripped(instructions, announced):
    instructions.follow('  pick the carrot\n')
    assert announced == ['', 'pick the carrot']


def test_the_previous_instruction_is_returned(instructions):
    instructions.follow('pick the carrot')
    assert instructions.follow('pick the knife').previous == 'pick the carrot'


@pytest.mark.parametrize('text', ['', '   ', '\n\t'])
def test_an_empty_instruction_is_rejected(instructions, text):
    with pytest.raises(InstructionRefused, match='empty; describe in plain words'):
        instructions.follow(text)


def test_an_instruction_of_100000_characters_is_rejected(instructions):
    with pytest.raises(InstructionRefused, match='has 100000 characters, but at most 1000'):
        instructions.follow('x' * 100_000)


def test_an_instruction_of_the_maximum_length_is_followed(instructions, announced):
    instructions.follow('x' * 1000)
    assert announced[-1] == 'x' * 1000


def test_an_instruction_that_does_not_fit_the_model_is_rejected(instructions):
    with pytest.raises(InstructionRefused, match='no room for ham'):
        instructions.follow('pick the ham')


def test_a_rejected_instruction_changes_nothing(instructions, announced):
    revision = instructions.follow('pick the carrot').revision
    with pytest.raises(InstructionRefused):
        instructions.follow('')
    assert (instructions.revision, announced) == (revision, ['', 'pick the carrot'])


def test_release_withdraws_the_instruction(instructions, announced):
    instructions.release(instructions.follow('pick the carrot').revision)
    assert announced == ['', 'pick the carrot', '']


def test_release_keeps_a_later_instruction(instructions, announced):
    first = instructions.follow('pick the carrot').revision
    instructions.follow('pick the knife')
    instructions.release(first)
    assert announced == ['', 'pick the carrot', 'pick the knife']
