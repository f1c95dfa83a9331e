# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What a policy was trained on is listed with its statistics."""

from genvla_policy.checkpoint.trained_on import MOST_INSTRUCTIONS, told, trained_on


def test_the_most_frequent_instruction_is_the_first_and_each_stands_once():
    assert told(['Pick it.', 'put it', 'pick it', ' ', 'a']) == ['pick it', 'a', 'put it']


def test_of_a_great_many_the_rarest_are_left_out():
    told_often = [f'pick {number}' for number in range(MOST_INSTRUCTIONS)]
    assert told([*told_often, *told_often, 'rare']) == sorted(told_often)


def test_a_checkpoint_that_does_not_say_has_none():
    statistics = {'vx300s_sim': {'action': {}, 'instructions': ['pick it']}, 'other': {}}
    assert trained_on(statistics, 'vx300s_sim') == ('pick it',)
    assert trained_on(statistics, 'other') == trained_on({}, 'vx300s_sim') == ()
