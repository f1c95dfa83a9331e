# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The pi0 model against transformers' own forward pass."""

from dataclasses import replace

import pytest
import torch

from genvla_policy.models.pi0 import Pi0
from genvla_policy.models.tiny import tiny_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

TOKENIZER = build_tiny_tokenizer()
PROMPT = TOKENIZER.encode('What action should the robot take to pick up the carrot?\n')
ANSWER = TOKENIZER.encode('0.0312 -0.1234 1.0000')


def make(*, prefix_lm=True, num_cameras=1):
    torch.manual_seed(0)
    config = replace(tiny_config(num_cameras=num_cameras), prefix_lm=prefix_lm)
    model = Pi0(config, TOKENIZER).eval()
    return model, torch.rand(num_cameras, 3, 128, 128) * 2 - 1


def reference_logits(model, pixels, *, prefix_lm):
    """Transformers' whole forward pass over images, prompt and answer at once."""
    image_ids = [TOKENIZER.special_id('image')] * (64 * len(pixels))
    prefix = [*image_ids, TOKENIZER.special_id('bos'), *PROMPT]
    ids = torch.tensor([[*prefix, *ANSWER]])
    is_suffix = torch.arange(ids.shape[1]) >= len(prefix)
    types = is_suffix if prefix_lm else torch.ones_like(is_suffix)
    with torch.inference_mode():
        logits = model.paligemma(
            input_ids=ids,
            pixel_values=pixels,
            attention_mask=torch.ones_like(ids),
            token_type_ids=types.long()[None],
        ).logits[0]
    return logits[len(prefix) - 1 :]


@torch.inference_mode()
def our_logits(model, pixels, pieces):
    read = model.prefill(pixels, PROMPT)
    hidden = [read.hidden_D] + [model.advance(piece, read.cache) for piece in pieces]
    return torch.stack(hidden) @ model.output_rows(range(1024)).T


@pytest.mark.parametrize('prefix_lm', [True, False])
@pytest.mark.parametrize('num_cameras', [1, 2])
def test_token_by_token_gives_the_logits_of_the_whole_forward_pass(prefix_lm, num_cameras):
    model, pixels = make(prefix_lm=prefix_lm, num_cameras=num_cameras)
    expected = reference_logits(model, pixels, prefix_lm=prefix_lm)
    ours = our_logits(model, pixels, [[token_id] for token_id in ANSWER])
    torch.testing.assert_close(ours, expected, atol=2e-5, rtol=0.0)


def test_several_tokens_in_one_pass_give_the_same_logits():
    model, pixels = make()
    expected = reference_logits(model, pixels, prefix_lm=True)
    ours = our_logits(model, pixels, [ANSWER[:1], ANSWER[1:4], ANSWER[4:]])
    torch.testing.assert_close(ours, expected[[0, 1, 4, len(ANSWER)]], atol=2e-5, rtol=0.0)


def test_the_prefix_sees_the_whole_prefix_only_with_prefix_lm():
    model, pixels = make(prefix_lm=True)
    causal, _ = make(prefix_lm=False)
    difference = our_logits(model, pixels, []) - our_logits(causal, pixels, [])
    assert difference.abs().max() > 1e-3


def test_the_order_of_the_cameras_matters():
    model, pixels = make(num_cameras=2)
    difference = our_logits(model, pixels, []) - our_logits(model, pixels.flip(0), [])
    assert difference.abs().max() > 1e-3


def test_token_embeddings_are_scaled_once_and_image_features_not_at_all():
    model, pixels = make()
    seen = []
    model.paligemma.model.language_model.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(kwargs['inputs_embeds'][0]), with_kwargs=True
    )
    our_logits(model, pixels, [])
    features = model.paligemma.get_image_features(pixels).pooler_output[0]
    torch.testing.assert_close(seen[0][:64], features)
    torch.testing.assert_close(seen[0][-1], model.paligemma.lm_head.weight[PROMPT[-1]] * 192**0.5)


def test_the_weights_are_transformers_own_without_the_tied_head():
    model, _ = make()
    names = set(model.weights)
    assert 'lm_head.weight' not in names
    assert 'model.language_model.embed_tokens.weight' in names
    assert 'model.multi_modal_projector.linear.weight' in names
    assert 'model.vision_tower.embeddings.patch_embedding.weight' in names


def test_a_tiny_model_has_two_to_five_million_parameters():
    model, _ = make()
    assert 2e6 < sum(parameter.numel() for parameter in model.parameters()) < 5e6


def test_a_tokenizer_larger_than_the_embedding_is_refused():
    config = tiny_config()
    config = replace(config, text=replace(config.text, vocabulary_size=1000))
    with pytest.raises(ValueError, match=r'1024 tokens but text\.vocabulary_size is 1000'):
        Pi0(config, TOKENIZER)
