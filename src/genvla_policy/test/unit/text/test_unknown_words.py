# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A warning names the words that no training instruction contains."""

import pytest

from genvla_policy.text.unknown_words import unfamiliar, unknown_words

TASKS = ('pick up the carrot', 'put the carrot on the yellow plate')


@pytest.mark.parametrize(
    ('instruction', 'unknown'),
    [
        ('Pick up the carrot.', []),
        ('put the yellow carrot up', []),
        ('get the carrot', ['get']),
        ('take the orange thing, the orange one', ['take', 'orange', 'thing', 'one']),
        ('asdf', ['asdf']),
        ("don't drop it", ["don't", 'drop', 'it']),
    ],
)
def test_words_of_no_training_instruction_are_found_once_and_in_order(instruction, unknown):
    assert unknown_words(instruction, TASKS) == unknown


def test_every_training_instruction_is_familiar():
    assert all(unfamiliar(task, TASKS) == '' for task in TASKS)


def test_a_warning_names_the_words_and_the_command_that_lists_instructions():
    warning = unfamiliar('get the spoon', TASKS)
    assert "contains 'get', 'spoon'" in warning
    assert 'genvla operate tasks' in warning


def test_a_checkpoint_that_lists_no_instructions_gives_no_warning():
    assert unfamiliar('get the spoon', ()) == ''
