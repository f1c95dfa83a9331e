# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The openvla family with one vision encoder: alone, with a frozen copy, or sharing blocks."""

from __future__ import annotations

from dataclasses import replace
import json

import pytest
import torch
from transformers import Dinov2Config, Dinov2Model

from genvla_policy.models.build import build_model
from genvla_policy.models.config import ConfigError, VLAConfig
from genvla_policy.models.dimensions import DIMENSIONS, VisionDimensions
from genvla_policy.models.encoders import DinoTower
from genvla_policy.models.systems import SYSTEMS, system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.models.tower_features import features_by_layer

OPENVLA = [name for name, switches in SYSTEMS.items() if switches['family'] == 'openvla']
TOWER = VisionDimensions(width=64, depth=4, num_heads=4, mlp_width=128, patch_size=16)


def narrow(system, **changes):
    """Return the layout of `small` at a size that is fast to test."""
    tiny = DIMENSIONS['openvla', 'tiny']
    text = replace(tiny.text, num_kv_heads=2, rope_theta=100_000.0, tied_embedding=True)
    dimensions = replace(tiny, siglip=None, dino=TOWER, text=text, image_size=64)
    return system_config(system, 'tiny', dimensions=dimensions, **changes)


def build(system, **changes):
    torch.manual_seed(0)
    return build_model(narrow(system, **changes), build_tiny_tokenizer())


def pixels(num_images=2):
    return torch.rand(num_images, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.mark.parametrize('system', OPENVLA)
def test_every_system_of_the_family_has_a_small_size(system):
    config = system_config(system, 'small')
    assert config.num_image_tokens == 64
    is_dual = config.encoders == 'dual'
    assert (config.frozen_encoder, config.shared_blocks) == (('dino', 8) if is_dual else ('', 0))
    assert VLAConfig.from_json(config.to_json()) == config


def test_a_family_without_a_small_size_names_its_sizes():
    with pytest.raises(
        ValueError, match=r"pi0 has no size 'small'; available: \['tiny', 'full'\]"
    ):
        system_config('pi0', 'small')


def test_an_old_config_json_can_still_be_read():
    config = system_config('openvla', 'tiny')
    old = json.loads(config.to_json())
    del old['shared_blocks'], old['dimensions']['text']['rope_theta']
    del old['dimensions']['text']['tied_embedding']
    assert VLAConfig.from_json(json.dumps(old)) == config


@pytest.mark.parametrize('shared_blocks', [0, 1, 3])
def test_the_untrained_copy_has_the_features_of_the_frozen_encoder(shared_blocks):
    model = build('openvla_plus', shared_blocks=shared_blocks)
    features = model.vision(pixels()).last_hidden_state
    frozen, trained = features.split(TOWER.width, dim=-1)
    assert torch.equal(frozen, trained)
    towers = model.vision_towers
    assert list(towers) == ['frozen', 'trained']
    for name, expected in (('frozen', frozen), ('trained', trained)):
        torch.testing.assert_close(towers[name](pixels()).last_hidden_state, expected)
        assert len(features_by_layer(towers[name], pixels())) == TOWER.depth + 1


@pytest.mark.parametrize('shared_blocks', [0, 1, 3])
def test_only_the_copy_s_own_blocks_learn(shared_blocks):
    model = build('openvla_plus', shared_blocks=shared_blocks).train()
    model.vision(pixels()).last_hidden_state.square().sum().backward()
    learns = {n for n, p in model.vision.named_parameters() if p.grad is not None}
    assert learns == {n for n, p in model.vision.named_parameters() if 'trained' in n}
    own = [n for n in learns if '.own.' in n or '.encoder.layer.' in n]
    blocks = {n.split('.own.')[-1].split('.encoder.layer.')[-1].split('.')[0] for n in own}
    assert len(blocks) == TOWER.depth - shared_blocks


def test_shared_blocks_are_stored_once():
    whole = build('openvla_plus', shared_blocks=0)
    forked = build('openvla_plus', shared_blocks=3)
    tower = sum(p.numel() for p in whole.vision_towers['frozen'].parameters())
    block = sum(p.numel() for p in whole.vision_towers['frozen'].blocks[0].parameters())
    assert whole.num_parameters - forked.num_parameters == tower - block
    assert forked.num_frozen == tower
    assert len(forked.state_dict()) < len(whole.state_dict())


def test_the_language_head_is_tied_to_the_embedding():
    model = build('openvla_s')
    assert model.head_VD is model.embedding.weight
    assert not any('lm_head' in name for name in model.state_dict())
    assert model.llama.config.rope_parameters['rope_theta'] == 100_000.0


def test_dinov2_without_registers_matches_transformers():
    tower = DinoTower(TOWER, 64).eval()
    config = Dinov2Config(
        hidden_size=64,
        num_hidden_layers=4,
        num_attention_heads=4,
        mlp_ratio=2,
        image_size=64,
        patch_size=16,
    )
    reference = Dinov2Model(config).eval()
    weights = {n: w for n, w in tower.dino.state_dict().items() if 'register_tokens' not in n}
    missing, unexpected = reference.load_state_dict(weights, strict=False)
    assert unexpected == []
    assert all('mask_token' in name or name.startswith('layernorm') for name in missing)
    mean = torch.tensor([0.484375, 0.455078125, 0.40625])[:, None, None]
    std = torch.tensor([0.228515625, 0.2236328125, 0.224609375])[:, None, None]
    seen = ((pixels() + 1) / 2 - mean) / std
    expected = reference(seen, output_hidden_states=True).hidden_states[-1][:, 1:]
    torch.testing.assert_close(tower(pixels()).last_hidden_state, expected)


@pytest.mark.parametrize(
    ('system', 'shared_blocks', 'most'),
    [('openvla_plus', 4, 3), ('openvla_plus', -1, 3), ('openvla_s', 1, 0)],
)
def test_only_a_copy_can_share_blocks_but_not_all_of_them(system, shared_blocks, most):
    with pytest.raises(ConfigError, match=rf'shared_blocks must lie in \[0, {most}\]'):
        narrow(system, shared_blocks=shared_blocks)
