# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The grammar of a configuration's language head."""

from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.models.answer_grammar import build_grammar
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

TOKENIZER = build_tiny_tokenizer()


def grammar_of(system, **changes):
    return build_grammar(system_config(system, 'tiny', **changes), TOKENIZER, (True, False))


def test_a_string_head_prints_digits_and_a_bins_head_prints_bins():
    assert isinstance(grammar_of('pi0_s'), TokenGrammar)
    assert isinstance(grammar_of('openvla'), BinGrammar)


def test_the_grammar_has_the_horizon_and_the_format_of_the_configuration():
    text_format = grammar_of('pi0_s', horizon=3, action_format='paper').text_format
    assert (text_format.name, text_format.horizon, text_format.num_values) == ('paper', 3, 6)


def test_an_openvla_answer_begins_with_a_space():
    grammar = grammar_of('openvla_s')
    path = grammar.encode('0.5000 0.2500')
    assert TOKENIZER.decode(path[:-1]) == ' 0.5000 0.2500'
