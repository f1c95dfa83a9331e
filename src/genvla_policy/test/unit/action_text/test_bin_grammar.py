# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""OpenVLA's bins, as numbers and as tokens."""

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.formats import ActionTextError, action_format
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

TOKENIZER = build_tiny_tokenizer()
SIGNED = (True,) * 6 + (False,)
BINS_END = 1000


def make(horizon=1, prefix=''):
    text_format = action_format('bins256', horizon=horizon, signed=SIGNED)
    return BinGrammar(text_format, TOKENIZER, bins_end=BINS_END, prefix=prefix)


def test_values_fall_into_the_expected_bins():
    values = np.array([[-1.0, 1.0, 0.0, -0.9999, 0.9999, 0.5, 1.0]])
    assert make().text_format.encode(values) == '1 256 128 1 255 192 256'


def test_a_bin_is_decoded_as_its_centre():
    values = make().text_format.decode('1 256 128 255 129 127 128')[0]
    width = 2 / 255
    expected = [-1 + width / 2, 1 - width / 2, 0.0, 1 - width / 2, width, -width, 0.0]
    assert values == pytest.approx(expected)


@given(st.lists(st.floats(-1, 1), min_size=6, max_size=6), st.floats(0, 1))
def test_a_value_round_trips_within_half_a_bin(values, gripper):
    text_format = make().text_format
    chunk = np.array([[*values, gripper]])
    back = text_format.decode(text_format.encode(chunk))
    assert np.abs(back - chunk).max() <= 1 / 255 + 1e-12


@given(st.integers(0, 2**32 - 1))
def test_text_round_trips_through_tokens(seed):
    grammar = make(horizon=2)
    values = np.random.default_rng(seed).uniform(-1, 1, (2, 7))
    text = grammar.text_format.encode(values)
    ids = grammar.encode(text)
    assert grammar.decode(ids) == text
    assert len(ids) == grammar.max_tokens == 15
    assert ids[-1] == TOKENIZER.special_id('eos')


def test_bin_b_is_the_token_bins_end_minus_b():
    assert make().encode('1 2 3 4 5 256 128')[:7] == [999, 998, 997, 996, 995, 744, 872]


def test_the_gripper_has_no_negative_bins():
    node = make().start
    for token_id in make().encode('1 2 3 4 5 256 128')[:6]:
        node = node.after(token_id)
    assert min(node.texts, key=lambda text: int(text)) == ' 128'
    with pytest.raises(ActionTextError, match=r"number 6 .* '127'"):
        make().encode('1 2 3 4 5 256 127')


def test_a_prefix_is_a_separate_token():
    grammar = make(prefix=' ')
    ids = grammar.encode('1 2 3 4 5 256 128')
    assert ids[0] == TOKENIZER.vocabulary['\u2581']
    assert grammar.start.is_forced
    assert grammar.decode(ids) == '1 2 3 4 5 256 128'


def test_an_incomplete_chunk_is_rejected():
    with pytest.raises(ActionTextError, match='is not a complete chunk'):
        make().decode([999, 998])


def test_a_token_that_is_not_a_bin_is_rejected():
    with pytest.raises(ActionTextError, match='token 1000 is not allowed here'):
        make().decode([1000])


def test_a_prefix_without_a_token_is_rejected():
    with pytest.raises(ValueError, match='no single token for'):
        make(prefix='\u00e9')
