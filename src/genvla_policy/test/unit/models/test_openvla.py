# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The openvla model against transformers' whole networks, run as upstream runs them."""

import copy

import pytest
import torch
from torch.nn import functional
from transformers import Dinov2WithRegistersModel, SiglipVisionModel

from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.models.build import build_model
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

TOKENIZER = build_tiny_tokenizer()
PROMPT = TOKENIZER.encode('In: What action should the robot take to pick up the carrot?\nOut:')
ANSWER = TOKENIZER.encode(' 0.0312 -0.1234 1.0000')
IMAGENET_MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
IMAGENET_STD = torch.tensor([0.229, 0.224, 0.225])[:, None, None]


def make(system='openvla_plus', num_cameras=1):
    torch.manual_seed(0)
    model = build_model(tiny_config(system, num_cameras=num_cameras), TOKENIZER).eval()
    with torch.no_grad():
        # Upstream's LayerScale and registers are trained away from their neutral start.
        for name, weight in model.named_parameters():
            if 'lambda1' in name or 'register' in name or 'cls_token' in name:
                weight.normal_()
    return model, torch.rand(num_cameras, 3, 128, 128) * 2 - 1


def second_to_last(tower, kind, pixels):
    """Return the second-to-last features of transformers' whole model, one block deeper."""
    config = copy.deepcopy(tower.config)
    config.num_hidden_layers += 1
    whole = kind(config).eval()
    whole.load_state_dict(tower.state_dict(), strict=False)
    return whole(pixels, output_hidden_states=True).hidden_states[-2]


@torch.inference_mode()
def reference_logits(model, pixels):
    """Run both encoders, the projector and Llama by hand, over the whole text at once."""
    towers = model.vision.towers
    imagenet = ((pixels + 1) / 2 - IMAGENET_MEAN) / IMAGENET_STD
    dino = second_to_last(towers['dino'].dino, Dinov2WithRegistersModel, imagenet)[:, 5:]
    siglip = second_to_last(towers['siglip'], SiglipVisionModel, pixels)
    hidden = torch.cat([dino, siglip], dim=-1)
    for layer in (model.projector.fc1, model.projector.fc2):
        hidden = functional.gelu(layer(hidden))
    images = model.projector.fc3(hidden).flatten(0, 1)
    embed = model.llama.get_input_embeddings()
    bos, text = (
        embed(torch.tensor([TOKENIZER.special_id('bos')])),
        embed(torch.tensor(PROMPT + ANSWER)),
    )
    logits = model.llama(inputs_embeds=torch.cat([bos, images, text])[None]).logits[0]
    return logits[-len(ANSWER) - 1 :]


@pytest.mark.parametrize('num_cameras', [1, 2])
def test_decoding_token_by_token_matches_one_whole_forward_pass(our_logits, num_cameras):
    model, pixels = make(num_cameras=num_cameras)
    ours = our_logits(model, pixels, PROMPT, [[token_id] for token_id in ANSWER])
    # ImageNet's mean is in bfloat16, as in upstream's preprocessor: 0.4% off.
    torch.testing.assert_close(ours, reference_logits(model, pixels), atol=2e-2, rtol=0.0)


def test_the_imagenet_constants_match_the_hub_preprocessor_in_bfloat16(our_logits, monkeypatch):
    model, pixels = make()
    monkeypatch.setitem(globals(), 'IMAGENET_MEAN', IMAGENET_MEAN.bfloat16().float())
    monkeypatch.setitem(globals(), 'IMAGENET_STD', IMAGENET_STD.bfloat16().float())
    ours = our_logits(model, pixels, PROMPT, [[token_id] for token_id in ANSWER])
    torch.testing.assert_close(ours, reference_logits(model, pixels), atol=2e-5, rtol=0.0)


def test_siglip_has_the_exact_gelu():
    model, _ = make()
    activation = model.vision.towers['siglip'].encoder.layers[0].mlp.activation_fn
    x = torch.linspace(-3, 3, 100)
    torch.testing.assert_close(activation(x), functional.gelu(x), atol=0.0, rtol=0.0)


def test_without_d_both_encoders_are_trained_and_with_d_one_is_frozen():
    native, _ = make('openvla_s')
    dual, _ = make('openvla_ds')
    assert native.num_frozen == 0
    siglip = sum(p.numel() for p in dual.vision.towers['siglip'].parameters())
    assert dual.num_frozen == siglip


def test_dino_can_be_frozen_instead():
    config = tiny_config('openvla_plus', frozen_encoder='dino')
    model = build_model(config, TOKENIZER)
    frozen = {name for name, p in model.named_parameters() if not p.requires_grad}
    assert frozen
    assert all(name.startswith('vision.towers.dino.') for name in frozen)


def test_the_systems_with_and_without_d_have_interchangeable_weights(our_logits):
    native, pixels = make('openvla_s')
    dual, _ = make('openvla_ds')
    dual.load_state_dict(native.state_dict())
    ours, theirs = our_logits(native, pixels, PROMPT, []), our_logits(dual, pixels, PROMPT, [])
    assert torch.equal(ours, theirs)
