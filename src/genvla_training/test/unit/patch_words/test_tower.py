# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Training of the tower, and the initialisation of its language model."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from genvla_policy.checkpoint.folder import CheckpointMismatch
from genvla_policy.checkpoint.tiny import write_tiny_checkpoint
from genvla_policy.models.dimensions import DIMENSIONS
from genvla_policy.models.systems import system_config
from genvla_training.patch_words.tower import Tower


@pytest.fixture(scope='module')
def tower():
    """A tower; training never changes its language model."""
    return Tower(learning_rate=1e-3, seed=0)


def test_two_heads_of_every_layer_match_keys_to_similar_queries(tower):
    slow = [*range(12, 24), *range(36, 48)]  # the slow half of the rotary frequencies
    for layer in tower.model.paligemma.language_model.layers:
        key = layer.self_attn.k_proj.weight[slow]
        first, second, *others = (head[slow] for head in layer.self_attn.q_proj.weight.split(48))
        torch.testing.assert_close(first, key)
        torch.testing.assert_close(second, key)
        for other in others:
            assert functional.cosine_similarity(other, key).abs().max() < 0.5


def test_content_heads_attend_to_similar_tokens(tower):
    attention = tower.model.paligemma.language_model.layers[0].self_attn
    states = torch.nn.functional.normalize(torch.randn(40, 192), dim=-1) * 192**0.5
    query = states @ attention.q_proj.weight[: attention.head_dim].T
    scores = query @ (states @ attention.k_proj.weight.T).T * attention.scaling
    alike = scores.diagonal().mean()
    different = scores[~torch.eye(40, dtype=torch.bool)]
    assert alike > 5.0
    assert different.abs().mean() < 2.0


def test_the_loss_of_one_batch_decreases(tower, pictures):
    batch = pictures.batch(range(4))
    losses = [sum(tower.step(batch)) for _ in range(15)]
    assert losses[-1] < 0.6 * losses[0]


def test_the_language_model_does_not_change(tower, pictures):
    before = {
        name: weight.clone()
        for name, weight in tower.model.paligemma.language_model.state_dict().items()
    }
    tower.step(pictures.batch(range(2)))
    for name, weight in tower.model.paligemma.language_model.state_dict().items():
        torch.testing.assert_close(weight, before[name], rtol=0.0, atol=0.0)


def test_the_seed_determines_weights_and_losses(pictures):
    first, second = (
        Tower(learning_rate=1e-3, seed=4).step(pictures.batch([0, 1])) for _ in range(2)
    )
    assert first == second


@pytest.fixture(scope='module')
def pretrained(tmp_path_factory):
    """A narrow model with the layout of the small size."""
    tiny = DIMENSIONS['openvla', 'tiny']
    text = replace(tiny.text, num_kv_heads=2, tied_embedding=True)
    dimensions = replace(tiny, siglip=None, dino=replace(tiny.dino, depth=4), text=text)
    config = system_config('openvla_plus', 'tiny', dimensions=dimensions)
    folder = tmp_path_factory.mktemp('small') / 'checkpoint'
    write_tiny_checkpoint(folder, config, seed=0)
    return folder


def test_only_new_parts_of_a_pretrained_model_are_trained(pretrained, pictures):
    tower = Tower(learning_rate=1e-3, seed=0, init=pretrained)
    before = {name: weight.clone() for name, weight in tower.model.state_dict().items()}
    batch = pictures.batch(range(4))
    losses = [sum(tower.step(batch)) for _ in range(15)]
    assert losses[-1] < 0.8 * losses[0]
    changed = {n for n, w in tower.model.state_dict().items() if not torch.equal(w, before[n])}
    assert changed == {n for n in before if n.startswith(('projector.', 'vision.towers.trained.'))}


def test_image_tokens_are_scaled_to_the_size_of_word_embeddings(pretrained, pictures):
    tower = Tower(learning_rate=1e-3, seed=0, init=pretrained)
    batch = pictures.batch(range(4))
    tower.match_scale(batch)
    tokens = tower.model.image_features(batch.pixels_BCSS)
    words = tower.model.embedding(torch.tensor(tower.tokenizer.encode(' carrot knife cube')))
    torch.testing.assert_close(tokens.std(), words.std(), rtol=0.2, atol=0.0)


def test_a_checkpoint_without_new_parts_is_refused(tmp_path):
    write_tiny_checkpoint(tmp_path / 'tiny', system_config('pi0_s', 'tiny'), seed=0)
    with pytest.raises(CheckpointMismatch, match=r'every part of .* is pretrained'):
        Tower(learning_rate=1e-3, seed=0, init=tmp_path / 'tiny')
