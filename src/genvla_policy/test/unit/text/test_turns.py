# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The tokens of a question and its answer."""

import pytest

from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.text.turns import encode_turn

TOKENIZER = build_tiny_tokenizer()


@pytest.mark.parametrize(
    ('asked', 'answer'),
    [
        ('what is this?\n', 'a red carrot'),
        ('In: what is this?\nOut:', ' a red carrot'),
        ('In: <VLM_PROMPT> what is this?\nOut:', ' a red carrot'),
    ],
)
def test_the_tokens_are_split_where_the_answer_begins(asked, answer):
    asked_ids, answer_ids = encode_turn(TOKENIZER, asked, answer)
    assert TOKENIZER.decode(asked_ids) == asked
    assert TOKENIZER.decode(answer_ids) == answer


def test_question_and_answer_have_the_tokens_of_one_text():
    asked, answer = encode_turn(TOKENIZER, 'In: where is it?\nOut:', ' left')
    assert asked + answer == TOKENIZER.encode('In: where is it?\nOut: left')
