# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Plain greedy decoding with real networks, compared with the fast decoder."""

import numpy as np
import pytest
import torch

from genvla_policy.action_text.beginning import Beginning, beginning
from genvla_policy.action_text.formats import ACTION_FORMATS, BINS_FORMAT
from genvla_policy.decoding.decoder import Decoder
from genvla_policy.decoding.grammar_head import GrammarHead
from genvla_policy.decoding.plan import PassCosts, make_plan
from genvla_policy.decoding.token_by_token import TokenByToken

NUM_GIVEN = (0, 2, 1)


@pytest.fixture
def print_with(micro_model, grammar_of):
    """Return a function that prints three rows with 0, 2 and 1 of three actions given."""
    model = micro_model()
    pixels = torch.rand(3, 1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    prompts = [[5, 6, 7], [8], [9, 10]]

    @torch.inference_mode()
    def print_rows(make, name='fixed4', **keywords):
        grammar = grammar_of(name, horizon=3)
        begun = [beginning(grammar, np.full((number, 3), 0.25)) for number in NUM_GIVEN]
        cache = model.new_cache(num_rows=3, num_slots=500)
        hidden = model.prefill(pixels, prompts, cache, [each.token_ids for each in begun])
        return make(model, grammar).decode(hidden, cache, begun=begun, **keywords)

    return print_rows


def plain(model, grammar):
    return TokenByToken(model, GrammarHead(model, grammar))


def fast(model, grammar):
    costs = PassCosts((1, 128), (1.0, 1.0))
    return Decoder(model, grammar, make_plan(grammar.start, costs, most_tokens=128))


@pytest.mark.parametrize('name', [*ACTION_FORMATS, BINS_FORMAT])
def test_plain_decoding_prints_the_same_as_the_fast_decoder(print_with, name):
    slow, quick = print_with(plain, name), print_with(fast, name)
    assert [each.token_ids for each in slow] == [each.token_ids for each in quick]
    assert [each.text for each in slow] == [each.text for each in quick]
    for one, other, num_given in zip(slow, quick, NUM_GIVEN, strict=True):
        assert [c.value_index for c in one.choices] == [c.value_index for c in other.choices]
        confidence = one.confidence(3, 3)
        assert confidence == pytest.approx(other.confidence(3, 3), rel=1e-3)
        assert confidence[:num_given] == [1.0] * num_given


def test_every_token_except_given_ones_takes_a_pass(print_with, grammar_of):
    grammar = grammar_of(horizon=3)
    for spelled, num_given in zip(print_with(plain), NUM_GIVEN, strict=True):
        given = beginning(grammar, np.full((num_given, 3), 0.25)).token_ids
        # The first token comes from the pass of the prompt.
        assert spelled.num_passes == len(spelled.token_ids) - len(given) - 1
        assert len(spelled.scores) == spelled.num_passes + 1


def test_a_token_has_the_highest_score_of_the_allowed_ones(print_with, grammar_of):
    spelled = print_with(plain)[0]
    node = grammar_of(horizon=3).start
    for token_id, scores in zip(spelled.token_ids, spelled.scores, strict=True):
        assert scores[token_id] == max(scores[each] for each in node.token_ids)
        node = node.after(token_id)


def test_the_first_action_is_delivered_early_and_is_the_one_after_the_given_ones(
    print_with, grammar_of
):
    early = []
    whole = print_with(plain, watch=early.append)[0]
    [first] = early
    assert first.text == ' '.join(whole.text.split(' ')[:3])
    assert first.num_passes < whole.num_passes


def test_printing_stops_after_the_maximum_number_of_tokens(print_with):
    whole, part = print_with(plain)[0], print_with(plain, most_tokens=12)[0]
    assert part.token_ids == whole.token_ids[:12]
    assert whole.text.startswith(part.text)


def test_a_text_without_a_choice_needs_no_model(grammar_of, micro_model):
    grammar, model = grammar_of(), micro_model()
    path = tuple(grammar.encode('0.1000 0.2000 0.3000'))
    hidden = torch.zeros(1, model.config.dimensions.text.width)
    [spelled] = plain(model, grammar).decode(hidden, None, begun=[Beginning(path, None, 1)])
    assert (spelled.text, spelled.num_passes) == ('0.1000 0.2000 0.3000', 0)
