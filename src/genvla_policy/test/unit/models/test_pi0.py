# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The pi0 model against transformers' own forward pass."""

import copy
import dataclasses

import pytest
import torch

from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.models.build import build_model
from genvla_policy.models.pi0 import duplicate_vision_tower
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

TOKENIZER = build_tiny_tokenizer()
PROMPT = TOKENIZER.encode('What action should the robot take to pick up the carrot?\n')
ANSWER = TOKENIZER.encode('0.0312 -0.1234 1.0000')


def make(system='pi0_s', **changes):
    torch.manual_seed(0)
    config = tiny_config(system, **changes)
    model = build_model(config, TOKENIZER).eval()
    return model, torch.rand(config.num_cameras, 3, 128, 128) * 2 - 1


def reference_logits(paligemma, pixels, *, prefix_lm=True):
    """Run transformers' whole forward pass over images, prompt and answer at once."""
    image_ids = [TOKENIZER.special_id('image')] * (64 * len(pixels))
    prefix = [*image_ids, TOKENIZER.special_id('bos'), *PROMPT]
    ids = torch.tensor([[*prefix, *ANSWER]])
    is_suffix = torch.arange(ids.shape[1]) >= len(prefix)
    types = is_suffix if prefix_lm else torch.ones_like(is_suffix)
    with torch.inference_mode():
        logits = paligemma(
            input_ids=ids,
            pixel_values=pixels,
            attention_mask=torch.ones_like(ids),
            token_type_ids=types.long()[None],
        ).logits[0]
    return logits[len(prefix) - 1 :]


@pytest.mark.parametrize('system', ['pi0_s', 'pi0_ds'])
@pytest.mark.parametrize('prefix_lm', [True, False])
@pytest.mark.parametrize('num_cameras', [1, 2])
def test_decoding_token_by_token_matches_one_whole_forward_pass(
    our_logits, with_language_head, system, prefix_lm, num_cameras
):
    model, pixels = make(system, prefix_lm=prefix_lm, num_cameras=num_cameras)
    paligemma = with_language_head(model, TOKENIZER)
    expected = reference_logits(paligemma, pixels, prefix_lm=prefix_lm)
    ours = our_logits(model, pixels, PROMPT, [[token_id] for token_id in ANSWER])
    torch.testing.assert_close(ours, expected, atol=2e-5, rtol=0.0)


def test_several_tokens_in_one_pass_give_the_same_logits(our_logits, with_language_head):
    model, pixels = make()
    expected = reference_logits(with_language_head(model, TOKENIZER), pixels)
    ours = our_logits(model, pixels, PROMPT, [ANSWER[:1], ANSWER[1:4], ANSWER[4:]])
    torch.testing.assert_close(ours, expected[[0, 1, 4, len(ANSWER)]], atol=2e-5, rtol=0.0)


@pytest.mark.parametrize(('single', 'dual'), [('pi0_s', 'pi0_ds'), ('pi0_c', 'pi0_d')])
def test_at_step_0_the_dual_encoder_matches_the_single_one(our_logits, single, dual):
    model, pixels = make(single)
    pretrained = copy.deepcopy(model.paligemma.state_dict())
    duplicate_vision_tower(model.paligemma)
    expected, _ = make(single)
    expected.paligemma.load_state_dict(pretrained)
    ours = our_logits(model, pixels, PROMPT, [ANSWER])
    torch.testing.assert_close(
        ours, our_logits(expected, pixels, PROMPT, [ANSWER]), atol=1e-5, rtol=0.0
    )
    assert model.state_dict().keys() == make(dual)[0].state_dict().keys()


def test_at_step_0_both_halves_of_the_widened_projector_get_a_gradient():
    model, pixels = make('pi0_ds')
    model.image_features(pixels).square().sum().backward()
    frozen, trained = model.paligemma.multi_modal_projector.linear.weight.grad.chunk(2, dim=1)
    torch.testing.assert_close(frozen, trained)
    assert frozen.abs().max() > 0.0


def test_the_prefix_attends_to_the_whole_prefix_only_with_prefix_lm(our_logits):
    model, pixels = make(prefix_lm=True)
    causal, _ = make(prefix_lm=False)
    difference = our_logits(model, pixels, PROMPT, []) - our_logits(causal, pixels, PROMPT, [])
    assert difference.abs().max() > 1e-3


def test_the_order_of_the_cameras_matters(our_logits):
    model, pixels = make(num_cameras=2)
    difference = our_logits(model, pixels, PROMPT, []) - our_logits(
        model, pixels.flip(0), PROMPT, []
    )
    assert difference.abs().max() > 1e-3


def test_token_embeddings_are_scaled_once_and_image_features_not_at_all(our_logits):
    model, pixels = make()
    seen = []
    model.trunk.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(kwargs['inputs_embeds'][0]), with_kwargs=True
    )
    our_logits(model, pixels, PROMPT, [])
    torch.testing.assert_close(seen[0][:64], model.image_features(pixels)[0])
    torch.testing.assert_close(seen[0][-1], model.head_VD[PROMPT[-1]] * 192**0.5)


def test_the_weights_have_transformers_own_names_and_no_tied_head():
    model, _ = make()
    names = set(model.state_dict())
    assert 'network.language_model.embed_tokens.weight' in names
    assert 'network.multi_modal_projector.linear.weight' in names
    assert 'network.vision_tower.embeddings.patch_embedding.weight' in names
    assert not any('lm_head' in name for name in names)


def test_a_tokenizer_larger_than_the_embedding_is_rejected():
    dimensions = tiny_config('pi0_s').dimensions
    text = dataclasses.replace(dimensions.text, vocabulary_size=1000)
    config = tiny_config('pi0_s', dimensions=dataclasses.replace(dimensions, text=text))
    with pytest.raises(ValueError, match=r'1024 tokens but .*text\.vocabulary_size is 1000'):
        build_model(config, TOKENIZER)
