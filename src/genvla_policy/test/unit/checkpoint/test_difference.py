# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint that contains only its difference from a base."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
import torch

from genvla_policy import Observation, Policy
from genvla_policy.checkpoint import difference
from genvla_policy.checkpoint.base import Base, BaseMissing, base_folder
from genvla_policy.checkpoint.difference import write_difference
from genvla_policy.checkpoint.folder import Checkpoint, CheckpointMismatch, checkpoint_sha256
from genvla_policy.checkpoint.loading import load_model
from genvla_policy.checkpoint.over_base import open_weights
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.pretrained import bases
from genvla_policy.pretrained.packaged import NotFetched

TRAINED = 'network.multi_modal_projector.linear.weight'
RANK = 4


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv('GENVLA_CACHE', str(tmp_path / 'cache'))
    return tmp_path / 'cache'


@pytest.fixture
def base(tmp_path, cache):
    """Write a base into the cache folder, where it is expected."""
    config = tiny_config('pi0_s', name='tiny-base')
    folder = base_folder(Base('tiny-base', ''))
    write_tiny_checkpoint(folder, config, seed=0)
    return folder


@pytest.fixture
def trained(base, tmp_path):
    """Write the checkpoint after training: one part trained, another with merged adapters."""
    folder = tmp_path / 'trained'
    shutil.copytree(base, folder)
    weights = load_file(folder / 'model.safetensors')
    generator = torch.Generator().manual_seed(0)
    weights[TRAINED] = torch.randn(weights[TRAINED].shape, generator=generator)
    adapted = next(n for n in weights if n.endswith('layers.0.mlp.down_proj.weight'))
    rows, columns = weights[adapted].shape
    up = torch.randn(rows, RANK, generator=generator)
    weights[adapted] = weights[adapted] + 0.01 * up @ torch.randn(
        RANK, columns, generator=generator
    )
    save_file(weights, folder / 'model.safetensors', metadata={'format': 'pt'})
    return folder, adapted


@pytest.fixture
def thin(base, trained, tmp_path):
    out = tmp_path / 'thin'
    write_difference(trained[0], base, out, max_rank=16, dtype=torch.float32)
    return out


def test_only_differences_are_stored(trained, thin):
    stored = load_file(thin / 'model.safetensors')
    adapted = trained[1]
    assert set(stored) == {TRAINED, f'{adapted}.up', f'{adapted}.down'}
    assert stored[f'{adapted}.up'].shape[1] == stored[f'{adapted}.down'].shape[0] == RANK


def test_a_difference_loads_as_the_trained_weights(trained, thin):
    whole, loaded = (load_model(folder, device='cpu')[1] for folder in (trained[0], thin))
    expected = whole.state_dict()
    for name, weight in loaded.state_dict().items():
        torch.testing.assert_close(weight, expected[name], atol=1e-5, rtol=1e-5)
    observation = Observation((np.zeros((48, 64, 3), np.uint8),), 'pick up the carrot', 0.0)
    texts = {Policy.load(folder).infer(observation).text for folder in (trained[0], thin)}
    assert len(texts) == 1


def test_half_precision_rounds_the_difference_but_not_the_base(base, trained, tmp_path):
    out = tmp_path / 'half'
    write_difference(trained[0], base, out, max_rank=16, dtype=torch.float16)
    expected = load_file(trained[0] / 'model.safetensors')
    untouched = load_file(base / 'model.safetensors')
    for name, weight in load_model(out, device='cpu')[1].state_dict().items():
        if torch.equal(untouched[name], expected[name]):
            assert torch.equal(weight, expected[name])
        else:
            torch.testing.assert_close(weight.float(), expected[name], atol=2e-3, rtol=2e-3)


def test_learnt_differences_are_not_rounded_to_the_dtype_of_the_base(base, trained, tmp_path):
    folder, adapted = trained
    before, after = (load_file(each / 'model.safetensors') for each in (base, folder))
    change = after[adapted] - before[adapted]
    before = {name: weight.to(torch.bfloat16) for name, weight in before.items()}
    after = {name: weight.to(torch.bfloat16) for name, weight in after.items()}
    after[adapted] = before[adapted].float() + change  # the result of merging adapters
    for each, weights in ((base, before), (folder, after)):
        save_file(weights, each / 'model.safetensors', metadata={'format': 'pt'})
    write_difference(folder, base, tmp_path / 'out', max_rank=16, dtype=torch.float32)
    stored = load_file(tmp_path / 'out' / 'model.safetensors')
    assert stored[f'{adapted}.up'].shape[1] == RANK
    found = open_weights(tmp_path / 'out')
    assert found.infos[adapted].dtype == torch.float32
    torch.testing.assert_close(found.read(adapted), after[adapted], atol=1e-5, rtol=1e-5)


def test_a_difference_of_high_rank_is_stored_whole(base, trained, tmp_path):
    write_difference(trained[0], base, tmp_path / 'out', max_rank=1, dtype=torch.float32)
    assert set(load_file(tmp_path / 'out' / 'model.safetensors')) == {TRAINED, trained[1]}


def test_the_hash_of_a_difference_covers_the_base(thin):
    before = checkpoint_sha256(thin)
    file = thin / 'base.json'
    file.write_text(file.read_text().replace('tiny-base', 'tiny_base'))
    assert checkpoint_sha256(thin) != before


def test_another_base_is_rejected(base, thin):
    write_tiny_checkpoint(base, tiny_config('pi0_s', name='tiny-base'), seed=1)
    with pytest.raises(
        CheckpointMismatch, match='does not have the weights that this checkpoint was'
    ):
        Policy.load(thin)


def test_an_unused_part_of_the_base_may_differ(base, thin):
    weights = load_file(base / 'model.safetensors')
    weights[TRAINED] += 1.0
    save_file(weights, base / 'model.safetensors', metadata={'format': 'pt'})
    Policy.load(thin)


def test_a_missing_base_is_fetched(base, thin, tmp_path, monkeypatch):
    shutil.move(base, tmp_path / 'elsewhere')
    with pytest.raises(BaseMissing, match='only its difference from the weights of tiny-base'):
        load_model(thin, device='cpu')
    asked = []

    def fetch(name):
        asked.append(name)
        shutil.move(tmp_path / 'elsewhere', base)

    monkeypatch.setattr(bases, 'fetch_base', fetch)
    assert Policy.load(thin).config.name == 'tiny-base'
    assert asked == ['tiny-base']


def test_an_unknown_base_is_rejected_with_its_expected_folder(base, thin):
    shutil.rmtree(base)
    with pytest.raises(CheckpointMismatch, match=r"unknown base 'tiny-base'; .*: put it into"):
        Policy.load(thin)
    with pytest.raises(NotFetched):
        bases.fetch_base('tiny-base')


@pytest.mark.parametrize('text', ['', '[]', '{"name": "x"}'])
def test_a_damaged_name_of_the_base_is_rejected(thin, text):
    (thin / 'base.json').write_text(text)
    with pytest.raises(CheckpointMismatch, match='does not name a base'):
        Policy.load(thin)


def test_an_existing_folder_is_not_overwritten(base, trained, thin):
    with pytest.raises(SystemExit, match='already exists'):
        difference.main([str(trained[0]), str(base), str(thin)])
    assert Checkpoint.open(thin).config.name == 'tiny-base'
