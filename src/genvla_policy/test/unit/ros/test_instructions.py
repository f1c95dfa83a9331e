# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Which instructions are followed, and what is announced."""

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


def test_it_starts_with_none(instructions, announced):
    assert announced == ['']


def test_white_space_around_it_is_stripped(instructions, announced):
    instructions.follow('  pick the carrot\n')
    assert announced == ['', 'pick the carrot']


def test_the_previous_one_is_told(instructions):
    instructions.follow('pick the carrot')
    assert instructions.follow('pick the knife').previous == 'pick the carrot'


@pytest.mark.parametrize('text', ['', '   ', '\n\t'])
def test_an_empty_one_is_refused(instructions, text):
    with pytest.raises(InstructionRefused, match='empty; say in plain words'):
        instructions.follow(text)


def test_one_of_100000_characters_is_refused(instructions):
    with pytest.raises(InstructionRefused, match='has 100000 characters, at most 1000'):
        instructions.follow('x' * 100_000)


def test_one_of_the_greatest_length_is_followed(instructions, announced):
    instructions.follow('x' * 1000)
    assert announced[-1] == 'x' * 1000


def test_one_that_the_model_has_no_room_for_is_refused(instructions):
    with pytest.raises(InstructionRefused, match='no room for ham'):
        instructions.follow('pick the ham')


def test_a_refused_one_changes_nothing(instructions, announced):
    revision = instructions.follow('pick the carrot').revision
    with pytest.raises(InstructionRefused):
        instructions.follow('')
    assert (instructions.revision, announced) == (revision, ['', 'pick the carrot'])


def test_release_takes_it_back(instructions, announced):
    instructions.release(instructions.follow('pick the carrot').revision)
    assert announced == ['', 'pick the carrot', '']


def test_release_leaves_a_later_one_alone(instructions, announced):
    first = instructions.follow('pick the carrot').revision
    instructions.follow('pick the knife')
    instructions.release(first)
    assert announced == ['', 'pick the carrot', 'pick the knife']
