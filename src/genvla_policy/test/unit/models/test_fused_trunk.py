# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Fused layers compute the same as transformers' layers, on the same memory."""

import copy

from peft import LoraConfig, inject_adapter_in_model
import pytest
import torch

from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.models.build import build_model
from genvla_policy.models.encoders import DualEncoder
from genvla_policy.models.token_tree import TokenTree
from genvla_policy.models.tower_pair import TowerPair

SYSTEMS = ('pi0_s', 'pi0_plus', 'openvla_s')
TREE = TokenTree((300, 301, 302, 303), (-1, 0, 0, 2))


def model_of(system, tokenizer, dtype=torch.float32):
    torch.manual_seed(0)
    tagged = tokenizer.with_prompt_tags()
    model = build_model(tiny_config(system), tagged).eval().requires_grad_(False)
    return model.cast('cpu', dtype)


@torch.inference_mode()
def read(model, pixels, prompts):
    """Return the hidden states after the prompts, and in a tree after them."""
    cache = model.new_cache(num_rows=len(prompts), num_slots=100)
    prompt_BD = model.prefill(pixels, prompts, cache)
    return prompt_BD, model.advance([TREE] * len(prompts), cache)


@pytest.mark.parametrize(
    ('dtype', 'tolerance'), [(torch.float32, 1e-5), (torch.bfloat16, 5e-2), (torch.float16, 5e-3)]
)
@pytest.mark.parametrize('system', SYSTEMS)
def test_the_fused_trunk_matches_transformers(tokenizer, system, dtype, tolerance):
    model = model_of(system, tokenizer, dtype)
    pixels = torch.rand(2, 1, 3, 128, 128) * 2.0 - 1.0
    prompts = [tokenizer.encode('pick it up?\n'), tokenizer.encode('go?\n')]
    expected = read(model, pixels, prompts)
    model.fuse()
    assert model.fused is not None
    for fused, plain in zip(read(model, pixels, prompts), expected, strict=True):
        assert float((fused - plain).abs().max()) <= tolerance * float(plain.abs().max())


@pytest.mark.parametrize('system', SYSTEMS)
def test_fusing_keeps_the_weights_and_takes_no_extra_memory(tokenizer, system):
    model = model_of(system, tokenizer)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    model.fuse()
    after = model.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], weight) for name, weight in before.items())
    layer = model.trunk.layers[0]
    attention = layer.self_attn
    together = [
        (layer.mlp.gate_proj, layer.mlp.up_proj),
        (attention.q_proj, attention.k_proj, attention.v_proj),
    ]
    for projections in together:
        assert len({each.weight.untyped_storage().data_ptr() for each in projections}) == 1


def test_changing_a_weight_in_place_changes_the_answers(tokenizer):
    model = model_of('pi0_s', tokenizer)
    model.fuse()
    asked = torch.zeros(1, 1, 3, 128, 128), [[300]]
    before, _ = read(model, *asked)
    model.trunk.layers[0].self_attn.v_proj.weight.data.mul_(2.0)
    after, _ = read(model, *asked)
    assert not torch.allclose(before, after)


def test_the_towers_of_a_dual_encoder_run_as_one_batch(tokenizer):
    model = model_of('pi0_plus', tokenizer)
    with torch.no_grad():
        for weight in model.paligemma.vision_tower.towers['trained'].parameters():
            weight.add_(torch.randn_like(weight) * 0.02)
    pixels = torch.rand(3, 3, 128, 128) * 2.0 - 1.0
    expected = model.image_features(pixels)
    model.fuse()
    assert model.paligemma.vision_tower.pair is not None
    torch.testing.assert_close(model.image_features(pixels), expected, rtol=1e-5, atol=1e-5)


def test_towers_of_two_shapes_run_one_after_the_other(tokenizer):
    model = model_of('openvla_plus', tokenizer)
    expected = model.image_features(torch.zeros(1, 3, 128, 128))
    model.fuse()
    assert [each.pair for each in model.modules() if isinstance(each, DualEncoder)] == [None]
    assert torch.equal(model.image_features(torch.zeros(1, 3, 128, 128)), expected)


def test_towers_that_are_wired_differently_run_one_after_the_other(tokenizer):
    model = model_of('pi0_plus', tokenizer)
    towers = list(model.paligemma.vision_tower.towers.values())
    towers[1].config = copy.deepcopy(towers[1].config)
    towers[1].config.num_attention_heads //= 2
    assert TowerPair.of(towers) is None


def test_a_trunk_with_adapters_is_not_fused(tokenizer):
    model = model_of('pi0_s', tokenizer)
    inject_adapter_in_model(LoraConfig(r=2, target_modules=['q_proj']), model)
    model.fuse()
    assert model.fused is None
