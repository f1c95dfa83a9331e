# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How a tokenizer splits the text after a prompt."""

import pytest

from genvla_policy.action_text.spelling import Spelling, TokenizerUnsuited
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

TOKENIZER = build_tiny_tokenizer()


@pytest.fixture
def spelling():
    return Spelling(TOKENIZER, '?\n')


def test_a_text_is_tokenized_as_after_the_prompt(spelling):
    assert TOKENIZER.encode('?\n') + spelling.encode('0.5') == TOKENIZER.encode('?\n0.5')


def test_tokens_have_the_text_that_they_add(spelling):
    assert spelling.text(spelling.encode('-0.25')) == '-0.25'


def test_a_prompt_that_merges_with_the_answer_is_rejected():
    merging = Spelling(TOKENIZER, 'pick up the car')
    with pytest.raises(TokenizerUnsuited, match="merges the end of the prompt 'pick up the car'"):
        merging.encode('rot')


def test_the_tokens_of_an_alphabet_contain_no_other_characters(spelling):
    tokens = spelling.tokens(frozenset('01.'), ['0.1'])
    assert set(tokens.values()) >= {'0', '1', '.'}
    assert set(''.join(tokens.values())) == set('01.')


def test_tokens_are_neighbours_only_if_the_tokenizer_keeps_them_separate(spelling):
    texts = spelling.tokens(frozenset('0.-'), ['-0.0', '0.0'])
    for first, one in texts.items():
        for second, other in texts.items():
            is_cut_so = TOKENIZER.encode('?\n' + one + other)[-2:] == [first, second]
            assert spelling.are_neighbours(first, second) == is_cut_so
