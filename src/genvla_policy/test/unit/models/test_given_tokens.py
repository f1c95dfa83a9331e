# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Given tokens at the start of an answer are read like the answer, not like the prompt."""

from __future__ import annotations

import pytest
import torch

from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.build import build_model
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.models.token_tree import TokenTree

TOKENIZER = build_tiny_tokenizer()
PROMPTS, GIVEN = [[300, 301, 302], [310]], [[320, 321, 322, 323], [330]]


@pytest.fixture(scope='module', params=['pi0_s', 'openvla_s'])
def model(request):
    torch.manual_seed(0)
    return build_model(tiny_config(request.param), TOKENIZER).eval().requires_grad_(False)


@pytest.fixture
def pixels():
    return torch.rand(2, 1, 3, 128, 128, generator=torch.Generator().manual_seed(0)) * 2 - 1


def cache_of(model):
    return model.new_cache(num_rows=2, num_slots=120)


@torch.inference_mode()
def test_given_tokens_are_read_like_printed_ones(model, pixels):
    at_once = model.prefill(pixels, PROMPTS, cache_of(model), GIVEN)
    cache = cache_of(model)
    model.prefill(pixels, PROMPTS, cache)
    later = model.advance([TokenTree.chain(ids) for ids in GIVEN], cache)
    for row, ids in enumerate(GIVEN):
        torch.testing.assert_close(at_once[row], later[row, len(ids) - 1], rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_given_tokens_differ_from_prompt_tokens_only_with_prefix_lm(model, pixels):
    given = model.prefill(pixels, PROMPTS, cache_of(model), GIVEN)
    longer = [[*prompt, *ids] for prompt, ids in zip(PROMPTS, GIVEN, strict=True)]
    asked = model.prefill(pixels, longer, cache_of(model))
    is_alike = torch.allclose(given, asked, rtol=1e-4, atol=1e-5)
    assert is_alike != model.config.prefix_lm


def test_training_reads_given_tokens_as_part_of_the_answer(model, pixels):
    prompt = [TOKENIZER.special_id('bos'), *PROMPTS[0]]
    sample = Sample.of_answer(pixels[0], prompt, [*GIVEN[0], 340, 341], num_given=4)
    batch = Batch.collate([sample], num_cameras=1, horizon=1, action_dim=7)
    sequences = model.sequences(batch)
    num_read = model.config.num_image_tokens + len(prompt)
    assert sequences.is_prefix_BL[0].tolist() == [True] * num_read + [False] * 6
    with torch.inference_mode():
        hidden = model.hidden_states(sequences)[0, num_read + 3]
        decoded = model.prefill(pixels, PROMPTS, cache_of(model), GIVEN)[0]
    torch.testing.assert_close(hidden, decoded, rtol=1e-4, atol=1e-5)
    assert (sequences.labels_BL[0] >= 0).sum() == 2
