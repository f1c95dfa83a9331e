# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The instructions of the training data are listed in the statistics."""

from genvla_policy.checkpoint.trained_on import MOST_INSTRUCTIONS, told, trained_on


def test_the_most_frequent_instruction_comes_first_and_each_appears_once():
    assert told(['Pick it.', 'put it', 'pick it', ' ', 'a']) == ['pick it', 'a', 'put it']


def test_the_rarest_of_too_many_instructions_are_omitted():
    told_often = [f'pick {number}' for number in range(MOST_INSTRUCTIONS)]
    assert told([*told_often, *told_often, 'rare']) == sorted(told_often)


def test_a_checkpoint_without_instructions_lists_none():
    statistics = {'vx300s_sim': {'action': {}, 'instructions': ['pick it']}, 'other': {}}
    assert trained_on(statistics, 'vx300s_sim') == ('pick it',)
    assert trained_on(statistics, 'other') == trained_on({}, 'vx300s_sim') == ()
