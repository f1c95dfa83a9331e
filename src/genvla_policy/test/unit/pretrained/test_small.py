# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A Llama and a DINOv2 in the Hub's layout become one model."""

from __future__ import annotations

import json

import pytest
from safetensors.torch import save_file
import torch
from torch import nn
from transformers import (
    Dinov2Config,
    Dinov2Model,
    Dinov2WithRegistersConfig,
    Dinov2WithRegistersModel,
    LlamaConfig,
    LlamaForCausalLM,
)

from genvla_policy import Policy
from genvla_policy.models.dimensions import DIMENSIONS
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.pretrained.convert import convert
from genvla_policy.pretrained.open_pretrained import open_pretrained
from genvla_policy.pretrained.pretrained import NotAModel

TOKENIZER = build_tiny_tokenizer(prompt_tags=False)
PROMPT = TOKENIZER.encode('what is this?\n')
KEPT = DIMENSIONS['openvla', 'small'].text.kept_layers
NORMALIZED = (
    torch.tensor([0.484375, 0.455078125, 0.40625])[:, None, None],
    torch.tensor([0.228515625, 0.2236328125, 0.224609375])[:, None, None],
)


def llama(folder, save_tokenizer, *, num_layers=30, **settings):
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=48,
        num_hidden_layers=num_layers,
        num_attention_heads=3,
        num_key_value_heads=1,
        head_dim=16,
        intermediate_size=64,
        vocab_size=TOKENIZER.vocabulary_size,
        rope_parameters={'rope_type': 'default', 'rope_theta': 100_000.0},
        tie_word_embeddings=True,
        rms_norm_eps=1e-5,
        initializer_range=0.2,
        **settings,
    )
    model = LlamaForCausalLM(config).eval()
    model.save_pretrained(folder)
    save_tokenizer(folder)
    return model


def dino(folder, *, num_registers=0, num_layers=12):
    torch.manual_seed(1)
    sizes = {
        'hidden_size': 32,
        'num_hidden_layers': num_layers,
        'num_attention_heads': 2,
        'image_size': 196,
        'patch_size': 14,
        'initializer_range': 0.2,
    }
    if num_registers:
        config = Dinov2WithRegistersConfig(num_register_tokens=num_registers, **sizes)
        model = Dinov2WithRegistersModel(config).eval()
    else:
        model = Dinov2Model(Dinov2Config(**sizes)).eval()
    nn.init.normal_(model.embeddings.position_embeddings, std=0.5)
    model.save_pretrained(folder)
    return model


@pytest.fixture
def folders(tmp_path):
    return tmp_path / 'SmolLM', tmp_path / 'dinov2'


def made(folders, out, system='openvla_plus'):
    pretrained = open_pretrained(folders[0], vision=[folders[1]])
    config = convert(pretrained, out, system=system)
    return config, Policy.load(out, device='cpu').model


@pytest.mark.parametrize('system', ['openvla_plus', 'openvla_s', 'openvla'])
@pytest.mark.parametrize('num_registers', [0, 4])
@pytest.mark.parametrize('num_layers', [30, 4])
def test_the_small_model_matches_the_logits_of_its_two_parts(
    our_logits, folders, tmp_path, save_tokenizer, system, num_registers, num_layers
):
    text = llama(folders[0], save_tokenizer, num_layers=num_layers)
    vision = dino(folders[1], num_registers=num_registers)
    config, model = made(folders, tmp_path / 'out', system)
    kept = KEPT if num_layers == 30 else range(num_layers)
    text.model.layers = nn.ModuleList([text.model.layers[i] for i in kept])
    for index, layer in enumerate(text.model.layers):
        layer.self_attn.layer_idx = index
    text.config.num_hidden_layers = len(kept)
    pixels = torch.rand(1, 3, 112, 112) * 2 - 1
    with torch.inference_mode():
        seen = ((pixels + 1) / 2 - NORMALIZED[0]) / NORMALIZED[1]
        hidden = vision(seen, output_hidden_states=True).hidden_states[11]
        features = hidden[:, 1 + num_registers :]
        if config.encoders == 'dual':
            features = torch.cat([features, features], dim=-1)
        embed = text.get_input_embeddings()
        words = embed(torch.tensor([[TOKENIZER.special_id('bos'), *PROMPT]]))
        read = torch.cat([words[:, :1], model.projector(features), words[:, 1:]], dim=1)
        expected = text(inputs_embeds=read).logits[0, -1]
    ours = our_logits(model, pixels, PROMPT, [])[0][: len(expected)]
    torch.testing.assert_close(ours, expected, atol=1e-4, rtol=1e-4)


def test_sizes_come_from_both_parts_and_new_tokens_are_the_mean_of_the_old_ones(
    folders, tmp_path, save_tokenizer
):
    text = llama(folders[0], save_tokenizer)
    dino(folders[1])
    config, model = made(folders, tmp_path / 'out')
    assert (config.size, config.base) == ('custom', 'SmolLM+dinov2')
    assert config.dimensions.text.kept_layers == KEPT
    assert config.dimensions.text.vocabulary_size % 64 == 0
    stored = text.get_input_embeddings().weight
    torch.testing.assert_close(model.embedding.weight[: len(stored)], stored)
    torch.testing.assert_close(model.embedding.weight[-1], stored.mean(dim=0))
    assert (config.frozen_encoder, config.shared_blocks) == ('dino', 8)


@pytest.mark.parametrize(
    ('settings', 'match'),
    [({'hidden_act': 'gelu'}, "hidden_act is 'gelu'"), ({'attention_bias': True}, 'attention_')],
)
def test_another_llama_is_rejected(folders, save_tokenizer, settings, match):
    llama(folders[0], save_tokenizer, **settings)
    dino(folders[1])
    with pytest.raises(NotAModel, match=match):
        open_pretrained(folders[0], vision=[folders[1]])


def test_another_encoder_is_rejected(folders, save_tokenizer):
    llama(folders[0], save_tokenizer)
    dino(folders[1])
    file = folders[1] / 'config.json'
    file.write_text(json.dumps(json.loads(file.read_text()) | {'model_type': 'vit'}))
    with pytest.raises(NotAModel, match=r"model_type is 'vit', expected one of \('dinov2', "):
        open_pretrained(folders[0], vision=[folders[1]])


def test_weights_of_another_encoder_are_rejected(folders, save_tokenizer):
    llama(folders[0], save_tokenizer)
    dino(folders[1])
    save_file({'cls': torch.zeros(1)}, folders[1] / 'model.safetensors')
    with pytest.raises(NotAModel, match=r'no embeddings\.position_embeddings; expected'):
        open_pretrained(folders[0], vision=[folders[1]])


def test_a_language_model_alone_requires_an_encoder(folders, save_tokenizer):
    llama(folders[0], save_tokenizer)
    with pytest.raises(NotAModel, match=r'--vision \(facebook/dinov2-small\), got 0 folders'):
        open_pretrained(folders[0])
