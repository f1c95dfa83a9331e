# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Two encoders side by side, one of them frozen."""

import pytest
import torch

from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.build import build_model
from genvla_policy.models.encoders import DualEncoder
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

TOKENIZER = build_tiny_tokenizer()
FROZEN = {
    'pi0_plus': 'network.vision_tower.towers.frozen.',
    'pi0_d': 'network.model.vlm.vision_tower.towers.frozen.',
    'openvla_plus': 'vision.towers.siglip.',
}


def train(system, num_steps=3):
    """Train a tiny model on noise; return it, its optimizer and the earlier frozen weights."""
    torch.manual_seed(0)
    model = build_model(tiny_config(system), TOKENIZER)
    before = {n: w.clone() for n, w in model.state_dict().items() if n.startswith(FROZEN[system])}
    model.train()
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=1e-2, weight_decay=0.1)
    ids = [TOKENIZER.special_id('bos'), *range(300, 320)]
    sample = Sample(torch.rand(1, 3, 128, 128), ids, [False] * 10 + [True] * 11, torch.rand(1, 7))
    batch = Batch.collate([sample], num_cameras=1, horizon=1, action_dim=7)
    for _ in range(num_steps):
        optimizer.zero_grad()
        model(batch).total.backward()
        optimizer.step()
    return model, optimizer, before


@pytest.mark.parametrize('system', FROZEN)
def test_a_frozen_encoder_is_unchanged_by_training(system):
    model, _, before = train(system)
    after = model.state_dict()
    assert before
    assert all(torch.equal(after[name], weight) for name, weight in before.items())


@pytest.mark.parametrize('system', FROZEN)
def test_everything_else_learns(system):
    torch.manual_seed(0)
    untouched = build_model(tiny_config(system), TOKENIZER).state_dict()
    model, _, before = train(system)
    same = {n for n, w in model.state_dict().items() if torch.equal(w, untouched[n])}
    # The bias of keys has no gradient: softmax ignores a constant.
    assert {name for name in same - before.keys() if not name.endswith('k_proj.bias')} == set()


@pytest.mark.parametrize('system', FROZEN)
def test_a_frozen_encoder_has_no_gradient_and_no_optimizer_state(system):
    model, optimizer, _ = train(system, num_steps=1)
    frozen = [p for n, p in model.named_parameters() if n.startswith(FROZEN[system])]
    assert frozen
    assert all(p.grad is None and not p.requires_grad for p in frozen)
    assert not any(p in optimizer.state for p in frozen)


@pytest.mark.parametrize('system', FROZEN)
def test_a_frozen_encoder_stays_in_evaluation_mode(system):
    model = build_model(tiny_config(system), TOKENIZER).train()
    modes = {n: m.training for n, m in model.named_modules() if f'{n}.'.startswith(FROZEN[system])}
    assert modes
    assert not any(modes.values())
    assert model.trunk.training


def test_the_features_are_concatenated_in_order():
    model = build_model(tiny_config('openvla_plus'), TOKENIZER).eval()
    pixels = torch.rand(1, 3, 128, 128)
    features = model.vision(pixels).last_hidden_state
    towers = model.vision.towers
    assert features.shape == (1, 64, 128 + 192)
    assert torch.equal(features[..., :128], towers['dino'](pixels).last_hidden_state)
    assert torch.equal(features[..., 128:], towers['siglip'](pixels).last_hidden_state)


def test_a_missing_encoder_cannot_be_frozen():
    with pytest.raises(ValueError, match=r"no encoder 'clip' to freeze; available: \['siglip'\]"):
        DualEncoder({'siglip': torch.nn.Identity()}, frozen='clip')
