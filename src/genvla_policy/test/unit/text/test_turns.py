# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How a question and its answer are written."""

import pytest

from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.text.turns import TURN_TEXTS

TOKENIZER = build_tiny_tokenizer()


def test_each_family_writes_a_question_in_its_own_way():
    asked = {family: turn.asked('what is this?') for family, turn in TURN_TEXTS.items()}
    assert asked == {'pi0': 'what is this?\n', 'openvla': 'In: what is this?\nOut:'}


@pytest.mark.parametrize(('family', 'prefix'), [('pi0', ''), ('openvla', ' ')])
def test_the_tokens_are_parted_where_the_answer_begins(family, prefix):
    turn = TURN_TEXTS[family]
    asked, answer = turn.encode(TOKENIZER, 'what is this?', 'a red carrot')
    assert TOKENIZER.decode(asked) == turn.asked('what is this?')
    assert TOKENIZER.decode(answer) == prefix + 'a red carrot'


def test_question_and_answer_together_are_the_tokens_of_one_text():
    asked, answer = TURN_TEXTS['openvla'].encode(TOKENIZER, 'where is it?', 'left')
    assert asked + answer == TOKENIZER.encode('In: where is it?\nOut: left')
