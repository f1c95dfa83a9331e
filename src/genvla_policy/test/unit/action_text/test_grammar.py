# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The token grammar, on tokenizers of different kinds."""

import pickle

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from genvla_policy.action_text.formats import ACTION_FORMATS, ActionTextError, action_format
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.action_text.spelling import TokenizerUnsuited
from genvla_policy.text.tokenizer import TextTokenizer

SIGNED = (True, True, False)
CONTEXTS = {'newline': ('?\n', ''), 'space': ('\nOut:', ' ')}

chunks = arrays(np.float64, (2, 3), elements=st.floats(-1.0, 1.0))


@pytest.fixture(scope='session', params=ACTION_FORMATS)
def text_format(request):
    return action_format(request.param, horizon=2, signed=SIGNED)


@pytest.fixture(scope='session', params=CONTEXTS)
def context(request):
    return CONTEXTS[request.param]


@pytest.fixture(scope='session')
def grammar(tokenizer, text_format, context):
    return TokenGrammar(text_format, tokenizer, context=context[0], prefix=context[1])


@settings(max_examples=50)
@given(values=chunks)
def test_every_encoded_text_is_a_path_and_round_trips(grammar, values):
    text = grammar.text_format.encode(values)
    assert grammar.decode(grammar.encode(text)) == text


@settings(max_examples=50)
@given(values=chunks)
def test_a_path_has_the_tokens_of_the_tokenizer(grammar, tokenizer, context, values):
    text = grammar.text_format.encode(values)
    whole = tokenizer.encode('do it' + ''.join(context) + text)
    assert whole == tokenizer.encode('do it' + context[0]) + grammar.encode(text)[:-1]


@settings(max_examples=50)
@given(data=st.data())
def test_every_path_parses_and_is_unique_for_its_text(grammar, data):
    node, path = grammar.start, []
    while not node.is_end:
        path.append(data.draw(st.sampled_from(node.token_ids)))
        node = node.after(path[-1])
    text = grammar.decode(path)
    grammar.text_format.decode(text)
    assert grammar.encode(text) == path


def test_every_path_ends_with_the_end_of_text(grammar, tokenizer):
    text = grammar.text_format.encode(np.zeros((2, 3)))
    assert grammar.encode(text)[-1] == tokenizer.special_id('eos')


def test_no_path_is_longer_than_max_tokens(grammar):
    longest = grammar.text_format.encode(np.full((2, 3), -0.1234))
    assert len(grammar.encode(longest)) <= grammar.max_tokens


def test_merged_punctuation_is_one_token(tokenizer):
    fixed4 = action_format('fixed4', horizon=1, signed=(True, True))
    grammar = TokenGrammar(fixed4, tokenizer, context='?\n')
    assert len(grammar.encode('0.1234 -0.1234')) == 6 + 1 + 6 + 1
    paper = action_format('paper', horizon=1, signed=(True, True))
    grammar = TokenGrammar(paper, tokenizer, context='?\n')
    # The tiny tokenizer keeps a comma separate; the others merge it with a sign.
    comma_and_sign = len(tokenizer.encode('0.1,-0.1')) - len(tokenizer.encode('0.1')) - 3
    assert len(grammar.encode('0.1,-0.1,')) == 3 + comma_and_sign + 3 + 1 + 1


def test_the_sign_and_the_space_are_chosen_together(tokenizer):
    text_format = action_format('fixed4', horizon=1, signed=(True, True))
    grammar = TokenGrammar(text_format, tokenizer, context='?\n')
    node = grammar.start
    for token_id in grammar.encode('0.1234 -0.1234')[:6]:
        node = node.after(token_id)
    assert sorted(node.texts) == [' ', ' -']


def test_the_value_index_is_the_number_that_a_token_belongs_to(tokenizer):
    text_format = action_format('fixed4', horizon=1, signed=(True, True))
    grammar = TokenGrammar(text_format, tokenizer, context='?\n')
    node, indices = grammar.start, []
    for token_id in grammar.encode('0.1234 -0.1234'):
        node = node.after(token_id)
        indices.append(node.value_index)
    assert indices == [0] * 6 + [1] * 7 + [1]


def test_a_digit_outside_the_vocabulary_is_spelled_in_bytes(tokenizer_without_seven):
    text_format = action_format('fixed4', horizon=1, signed=(True,))
    grammar = TokenGrammar(text_format, tokenizer_without_seven, context='?\n')
    assert grammar.decode(grammar.encode('-0.1737')) == '-0.1737'


def test_a_text_of_another_format_is_not_a_path(tokenizer):
    text_format = action_format('fixed4', horizon=1, signed=(True,))
    grammar = TokenGrammar(text_format, tokenizer, context='?\n')
    for text in ('0.123', '0.12345', '-0.0000', '1.5000', '', '0.1234 0.1234'):
        with pytest.raises(ActionTextError):
            grammar.encode(text)


def test_a_tokenizer_that_merges_digits_is_rejected(grouped_digits_tokenizer, text_format):
    with pytest.raises(TokenizerUnsuited, match="merges digits: '0"):
        TokenGrammar(text_format, grouped_digits_tokenizer, context='?\n')


def test_a_tokenizer_that_lacks_characters_is_rejected_with_their_names():
    pieces = [*'0123456789. ?\n', '<eos>', '<unk>']
    tokenizer = Tokenizer(models.WordLevel({p: i for i, p in enumerate(pieces)}, '<unk>'))
    tokenizer.pre_tokenizer = pre_tokenizers.Split('', 'isolated')
    tokenizer = TextTokenizer(tokenizer, {'eos': '<eos>'})
    text_format = action_format('paper', horizon=1, signed=(True,))
    with pytest.raises(TokenizerUnsuited, match="cannot round-trip the characters ',', '-'"):
        TokenGrammar(text_format, tokenizer, context='?\n')


def test_a_prompt_that_merges_with_the_answer_is_rejected(tokenizer):
    text_format = action_format('fixed4', horizon=1, signed=(True,))
    with pytest.raises(TokenizerUnsuited, match='merges the end of the prompt'):
        TokenGrammar(text_format, tokenizer, context='\nOut: ')


def test_a_prompt_may_merge_with_a_character_that_starts_no_answer():
    pieces = [*'0123456789.- :\n', ':.', '<eos>']
    model = models.BPE({p: i for i, p in enumerate(pieces)}, [(':', '.')])
    tokenizer = Tokenizer(model)
    tokenizer.decoder = decoders.Fuse()
    text_format = action_format('fixed4', horizon=1, signed=(True,))
    tokenizer = TextTokenizer(tokenizer, {'eos': '<eos>'})
    grammar = TokenGrammar(text_format, tokenizer, context=':')
    assert len(grammar.encode('-0.1234')) == 8


def test_a_tokenizer_without_an_end_token_is_rejected():
    tokenizer = TextTokenizer(Tokenizer(models.BPE()), {})
    text_format = action_format('fixed4', horizon=1, signed=(True,))
    with pytest.raises(ValueError, match="no 'eos' token"):
        TokenGrammar(text_format, tokenizer, context='?\n')


def test_the_grammar_of_a_long_chunk_can_be_sent_to_another_process(tokenizer):
    text_format = action_format('fixed4', horizon=50, signed=(True,) * 7)
    grammar = TokenGrammar(text_format, tokenizer, context='?\n')
    sent = pickle.loads(pickle.dumps(grammar))
    text = text_format.encode(np.full((50, 7), 0.25))
    assert sent.encode(text) == grammar.encode(text)
