# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Features of vision towers, layer by layer."""

import pytest
import torch

from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.models.build import build_model
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.models.tower_features import features_by_layer

TOKENIZER = build_tiny_tokenizer()
TOWERS = {
    'pi0_s': (['trained'], ''),
    'pi0_plus': (['frozen', 'trained'], 'frozen'),
    'pi0_d': (['frozen', 'trained'], 'frozen'),
    'openvla': (['dino', 'siglip'], ''),
    'openvla_plus': (['dino', 'siglip'], 'siglip'),
}


def model(system):
    torch.manual_seed(0)
    return build_model(tiny_config(system), TOKENIZER).eval()


def pixels():
    return torch.rand(3, 3, 128, 128, generator=torch.Generator().manual_seed(1)) * 2.0 - 1.0


@pytest.mark.parametrize('system', TOWERS)
def test_every_system_names_its_towers_and_the_frozen_one(system):
    built = model(system)
    assert (list(built.vision_towers), built.frozen_tower) == TOWERS[system]


@pytest.mark.parametrize('system', ['pi0_plus', 'openvla_plus'])
def test_the_last_features_are_the_input_of_the_projector(system):
    built = model(system)
    whole = torch.cat(
        [tower(pixels()).last_hidden_state for tower in built.vision_towers.values()], dim=-1
    )
    last = [features_by_layer(tower, pixels())[-1] for tower in built.vision_towers.values()]
    torch.testing.assert_close(torch.cat(last, dim=-1), whole.mean(dim=1))


@pytest.mark.parametrize('system', ['pi0_plus', 'openvla_plus'])
def test_there_is_one_vector_per_image_for_each_block_and_the_features(system):
    for tower in model(system).vision_towers.values():
        layers = features_by_layer(tower, pixels())
        config = getattr(tower, 'dino', tower).config
        assert len(layers) == config.num_hidden_layers + 1
        assert {tuple(each.shape) for each in layers} == {(3, config.hidden_size)}


def test_the_last_block_of_a_tower_without_a_last_norm_is_its_features():
    for tower in model('openvla').vision_towers.values():
        *_, last_block, features = features_by_layer(tower, pixels())
        torch.testing.assert_close(last_block, features)


def test_a_tower_is_not_changed():
    tower = model('pi0_s').vision_towers['trained']
    features_by_layer(tower, pixels())
    assert not any(module._forward_hooks for module in tower.encoder.layers)


def test_fused_towers_give_the_same_features():
    built = model('pi0_plus')
    before = features_by_layer(built.vision_towers['trained'], pixels())[-1]
    built.requires_grad_(False).fuse()
    after = features_by_layer(built.vision_towers['trained'], pixels())[-1]
    torch.testing.assert_close(after, before)
