# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The beginning of an answer with given actions."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_policy.action_text.beginning import beginning
from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.formats import ACTION_FORMATS, BINS_FORMAT, action_format
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

SIGNED = (True, True, False)
TOKENIZER = build_tiny_tokenizer()


def grammar_of(name, horizon=3, prefix=''):
    text_format = action_format(name, horizon=horizon, signed=SIGNED)
    if name == BINS_FORMAT:
        return BinGrammar(text_format, TOKENIZER, bins_end=1024, prefix=prefix)
    return TokenGrammar(text_format, TOKENIZER, context='?\n', prefix=prefix)


GRAMMARS = {
    (name, prefix): grammar_of(name, prefix=prefix)
    for name in (*ACTION_FORMATS, BINS_FORMAT)
    for prefix in ('', ' ')
}


@settings(max_examples=60)
@given(
    key=st.sampled_from(list(GRAMMARS)),
    num_given=st.integers(0, 2),
    seed=st.integers(0, 10_000),
    round_numbers=st.booleans(),
)
def test_every_continuation_has_the_given_actions(key, num_given, seed, round_numbers):
    grammar, rng = GRAMMARS[key], np.random.default_rng(seed)
    values = rng.uniform(-1.0, 1.0, (3, 3))
    if round_numbers:
        values = np.round(values, 1)
    values[:, 2] = np.abs(values[:, 2])
    begun = beginning(grammar, values[:num_given])
    path, node = list(begun.token_ids), begun.node
    while not node.is_end:
        index = int(rng.integers(len(node.token_ids)))
        path.append(node.token_ids[index])
        node = node.following[index]
    text_format = grammar.text_format
    printed = text_format.decode(grammar.decode(path))
    expected = text_format.decode(text_format.encode(values))
    np.testing.assert_array_equal(printed[:num_given], expected[:num_given])


@pytest.mark.parametrize('key', GRAMMARS)
def test_every_text_with_the_given_actions_is_reachable(key):
    grammar, rng = GRAMMARS[key], np.random.default_rng(0)
    for _ in range(20):
        values = rng.uniform(-1.0, 1.0, (3, 3)) * [1.0, 1.0, 0.0]
        path = grammar.encode(grammar.text_format.encode(values))
        begun = beginning(grammar, values[:1])
        assert tuple(path[: len(begun.token_ids)]) == begun.token_ids
        node = begun.node
        for token_id in path[len(begun.token_ids) :]:
            node = node.after(token_id)
        assert node.is_end


def test_without_given_actions_only_forced_tokens_are_settled():
    assert beginning(GRAMMARS['fixed4', ''], np.empty((0, 3))).token_ids == ()
    assert len(beginning(GRAMMARS[BINS_FORMAT, ' '], np.empty((0, 3))).token_ids) == 1


def test_a_given_number_is_not_continued():
    grammar = GRAMMARS['paper', '']
    begun = beginning(grammar, np.array([[0.5, 0.25, 0.5]]))
    assert grammar.begun(begun.token_ids) == '0.5,0.25,0.5,'


def test_a_complete_chunk_is_rejected():
    with pytest.raises(ValueError, match='3 of the 3 actions of a chunk are given'):
        beginning(GRAMMARS['fixed4', ''], np.zeros((3, 3)))
