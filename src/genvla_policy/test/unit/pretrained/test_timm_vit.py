# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of timm's vision transformers to transformers' DINOv2 and SigLIP."""

import pytest
import torch
from torch.nn import functional

from genvla_policy.checkpoint.safetensors_folder import WeightInfo
from genvla_policy.models.dimensions import DIMENSIONS
from genvla_policy.pretrained.timm_vit import timm_dimensions


def test_the_class_token_s_position_is_folded_into_the_token(openvla, tmp_path, converted):
    source, reference = openvla
    policy = converted(source, tmp_path / 'out')
    positions = policy.model.vision.towers['dino'].dino.embeddings.position_embeddings
    assert positions.shape == (1, 17, 128)
    assert torch.equal(positions[0, 0], torch.zeros(128))
    assert torch.equal(positions[0, 1:], reference.dino['pos_embed'][0])


def test_fused_timm_attention_is_split_into_query_key_and_value(openvla, tmp_path, converted):
    source, reference = openvla
    weights = converted(source, tmp_path / 'out').model.state_dict()
    qkv = reference.dino['blocks.1.attn.qkv.weight']
    parts = [
        weights[f'vision.towers.dino.dino.encoder.layer.1.attention.{part}_proj.weight']
        for part in 'qkv'
    ]
    assert torch.equal(torch.cat(parts), qkv)


def test_the_gelu_of_siglip_is_exact_in_prismatic_and_tanh_in_paligemma(
    openvla, paligemma, tmp_path, converted
):
    x = torch.linspace(-3, 3, 50)
    prismatic = converted(openvla[0], tmp_path / 'a').model.vision.towers['siglip']
    pali = converted(paligemma[0], tmp_path / 'b', 'pi0_s').model.paligemma.vision_tower
    exact, approximate = (
        tower.encoder.layers[0].mlp.activation_fn(x) for tower in (prismatic, pali)
    )
    torch.testing.assert_close(exact, functional.gelu(x), atol=1e-7, rtol=0.0)
    torch.testing.assert_close(approximate, functional.gelu(x, approximate='tanh'))


@pytest.mark.parametrize(('width', 'depth'), [(1024, 23), (96, 2)])
def test_a_tower_of_the_published_width_has_the_published_depth(width, depth, timm_vit_weights):
    weights = timm_vit_weights(width, 3, 8, patches=4, registers=4, layer_scale='gamma')
    infos = {name: WeightInfo(tuple(w.shape), w.dtype) for name, w in weights.items()}
    published = DIMENSIONS['openvla', 'full'].dino
    dimensions, _ = timm_dimensions(infos, '', head_dim=32, published=published)
    assert dimensions.depth == depth
