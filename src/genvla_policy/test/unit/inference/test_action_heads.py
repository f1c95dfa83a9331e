# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Answers of a model to images and prompts, with each kind of head."""

import numpy as np
import pytest
import torch

from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.decoding.plan import PassCosts
from genvla_policy.inference import action_heads
from genvla_policy.inference.action_heads import FlowHead, TextHead, build_action_head
from genvla_policy.models.build import build_model
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

TOKENIZER = build_tiny_tokenizer()
SIGNED = (True,) * 6 + (False,)
OPTIONS = DecodingOptions(pass_costs=PassCosts((1, 128), (1.0, 1.0)))
PROMPT = TOKENIZER.encode('pick up the carrot?\n')


@pytest.fixture(scope='module')
def head_of():
    def build(system):
        torch.manual_seed(0)
        model = build_model(system_config(system, 'tiny', horizon=2), TOKENIZER).eval()
        return build_action_head(model, TOKENIZER, SIGNED, OPTIONS, seed=0)

    return build


@pytest.fixture(scope='module')
def text_head(head_of):
    return head_of('pi0_s')


def answer(head, **keywords):
    [answer] = head.answer(torch.zeros(1, 1, 3, 128, 128), [PROMPT], **keywords)
    return answer


def test_the_configuration_names_the_head(text_head, head_of):
    assert isinstance(text_head, TextHead)
    assert isinstance(head_of('pi0_inst_aug'), FlowHead)


def test_the_values_match_the_text(text_head):
    printed = answer(text_head)
    numbers = [float(number) for number in printed.text.split(' ')]
    np.testing.assert_allclose(printed.values.ravel(), numbers)
    assert printed.confidence.shape == (2,)


def test_a_correct_draft_saves_passes_and_changes_nothing_else(text_head):
    alone = answer(text_head)
    drafted = answer(text_head, drafts=[alone.text])
    assert drafted.text == alone.text
    assert drafted.num_passes < alone.num_passes


def test_a_draft_outside_the_grammar_is_not_read(text_head):
    assert answer(text_head, drafts=['carrot']).text == answer(text_head).text


def test_every_number_of_rows_has_its_own_plan_and_prints_the_same(monkeypatch):
    # For one row, tokens cost nothing; for three, each costs as much as a pass.
    costs = {1: PassCosts((1, 128), (1.0, 1.0)), 3: PassCosts((1, 128), (1.0, 128.0))}
    monkeypatch.setattr(action_heads, 'measure_passes', lambda *_, num_rows, **__: costs[num_rows])
    torch.manual_seed(0)
    model = build_model(system_config('pi0_s', 'tiny'), TOKENIZER).eval()
    options = DecodingOptions(max_batch=3, drafts=False)
    head = build_action_head(model, TOKENIZER, SIGNED, options, seed=0)
    pixels = torch.rand(3, 1, 3, 128, 128, generator=torch.Generator().manual_seed(1)) * 2 - 1
    answers = {n: head.answer(pixels[:n], [PROMPT] * n) for n in (1, 2, 3)}
    sizes = [sum(map(len, head.decoder(n).plan.trees.values())) for n in (1, 2, 3)]
    assert sizes[0] > sizes[1] >= sizes[2] == 0
    assert answers[1][0].num_passes < answers[3][0].num_passes
    texts = [answer.text for answer in answers[3]]
    assert [answers[n][row].text for n in (1, 2) for row in range(n)] == [texts[0], *texts[:2]]


def test_a_flow_head_answers_in_range_without_text_or_confidence(head_of):
    flowed = answer(head_of('pi0_inst_aug'))
    assert (flowed.text, flowed.confidence.shape) == ('', (0,))
    assert flowed.values.shape == (2, 7)
    assert np.abs(flowed.values).max() <= 1.0
    assert flowed.values[:, 6].min() >= 0.0


def test_a_reseeded_flow_head_draws_the_same_noise_again(head_of):
    head = head_of('pi0_inst_aug')
    first = answer(head).values
    assert not np.array_equal(answer(head).values, first)
    head.reseed(0)
    np.testing.assert_array_equal(answer(head).values, first)


def test_a_flow_head_rejects_committed_actions_and_gives_the_reason(head_of):
    with pytest.raises(ValueError, match=r'denoises all actions .* commit no actions'):
        answer(head_of('pi0_inst_aug'), committed=[np.zeros((1, 7))])
