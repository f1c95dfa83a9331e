# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The vision tower's first stage of training."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch.nn import functional

from genvla_policy.inference.policy import Policy
from genvla_training.data.episode import BadData
from genvla_training.make_vl import VlOptions, make_vl
from genvla_training.run.data_sets import split
from genvla_training.run.recipes import tiny_base
from genvla_training.synthetic.patches import WORDS
from genvla_training.tiny_tower.command import Tower, TowerOptions, _parted, main, train_tower
from genvla_training.tiny_tower.patch_labels import PatchPictures, patch_labels, read_entries


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """The JSON of 12 scenes."""
    folder = tmp_path_factory.mktemp('data') / 'vl'
    return make_vl(VlOptions(folder, scenes=12, seed=1), workers=1)


@pytest.fixture(scope='module')
def pictures(data):
    return PatchPictures(read_entries(data), data.parent, size=128)


@pytest.fixture(scope='module')
def tower():
    """Its language model stays as drawn, whatever it is trained on."""
    return Tower(learning_rate=1e-3, seed=0)


@pytest.fixture
def labels():
    """Of a carrot in the second patch of the third row, and the gripper in the last patch."""
    patches = ['table'] * 64
    patches[17], patches[63] = 'carrot', 'gripper'
    carrot = {'point': [0.2, 0.35], 'from_gripper_m': [0.1, -0.2, 0.02], 'turn_rad': 0.5}
    carrot |= {'yaw_rad': -0.25}
    gripper = {'point': [0.9, 0.95], 'yaw_rad': -0.75, 'opening': 1.0}
    return patch_labels({'patches': patches, 'objects': {'carrot': carrot}, 'gripper': gripper})


def test_a_patch_says_where_it_is_and_where_its_thing_is(labels):
    assert WORDS[labels.words_P[17]] == 'carrot'
    expected = [0.1875, 0.3125, 0.05, 0.15, 0.5, -1.0, 0.1, np.cos(1.0), np.sin(1.0)]
    expected += [np.cos(0.5), -np.sin(0.5)]
    np.testing.assert_allclose(labels.numbers_PK[17, :11], expected, atol=1e-6)
    assert labels.is_known_PK[17].tolist() == [True] * 11 + [False] * 2


def test_a_patch_of_the_gripper_says_where_its_tips_are_and_where_they_point(labels):
    expected = [np.cos(1.5), -np.sin(1.5), -0.15, 0.05]
    np.testing.assert_allclose(labels.numbers_PK[63, 9:], expected, atol=1e-6)
    assert labels.is_known_PK[63].tolist() == [True] * 2 + [False] * 7 + [True] * 4


def test_a_patch_of_the_table_says_where_it_is_only(labels):
    np.testing.assert_allclose(labels.numbers_PK[8], [0.0625, 0.1875] + [0.0] * 11)
    assert labels.is_known_PK[8].tolist() == [True] * 2 + [False] * 11


def test_a_batch_has_pictures_words_and_numbers(pictures):
    batch = pictures.batch([3, 0, 7])
    assert batch.pixels_BCSS.shape == (3, 3, 128, 128)
    assert batch.pixels_BCSS.abs().max() <= 1.0
    assert batch.words_BP.shape == (3, 64)
    assert batch.numbers_BPK.shape == batch.is_known_BPK.shape == (3, 64, 13)


def test_every_picture_comes_once_before_one_comes_again(pictures):
    batches = list(pictures.batches(np.random.default_rng(0), batch_size=4, count=3))
    seen = torch.cat([batch.pixels_BCSS for batch in batches]).flatten(1)
    assert len(torch.unique(seen, dim=0)) == 12


def test_two_heads_of_every_layer_look_for_keys_like_their_queries(tower):
    slow = [*range(12, 24), *range(36, 48)]  # the slow half of the rotary frequencies
    for layer in tower.model.paligemma.language_model.layers:
        key = layer.self_attn.k_proj.weight[slow]
        first, second, *others = (head[slow] for head in layer.self_attn.q_proj.weight.split(48))
        torch.testing.assert_close(first, key)
        torch.testing.assert_close(second, key)
        for other in others:
            assert functional.cosine_similarity(other, key).abs().max() < 0.5


def test_the_loss_of_one_batch_goes_down(tower, pictures):
    batch = pictures.batch(range(4))
    losses = [sum(tower.step(batch)) for _ in range(15)]
    assert losses[-1] < 0.6 * losses[0]


def test_the_language_model_stays_as_it_was(tower, pictures):
    before = {
        name: weight.clone()
        for name, weight in tower.model.paligemma.language_model.state_dict().items()
    }
    tower.step(pictures.batch(range(2)))
    for name, weight in tower.model.paligemma.language_model.state_dict().items():
        torch.testing.assert_close(weight, before[name], rtol=0.0, atol=0.0)


def test_a_seed_decides_weights_and_losses(pictures):
    first, second = (
        Tower(learning_rate=1e-3, seed=4).step(pictures.batch([0, 1])) for _ in range(2)
    )
    assert first == second


def test_the_stages_after_it_hold_the_same_pictures_out():
    stage = tiny_base()
    indices = split(100, stage.validation.held_out_share, seed=stage.data.seed)
    assert _parted(range(100)) == tuple(each.tolist() for each in indices)


def test_training_writes_a_checkpoint_that_the_policy_loads(data, tmp_path):
    report = train_tower(TowerOptions(tmp_path / 'tower', data=data, steps=3, batch_size=4))
    assert 0.0 <= report['word accuracy'] <= 1.0
    policy = Policy.load(tmp_path / 'tower')
    assert policy.config.name == 'genvla-tiny-tower'
    assert [path.name for path in tmp_path.iterdir()] == ['tower']


def test_a_folder_that_is_there_is_not_overwritten(data, tmp_path, sentence):
    (tmp_path / 'thesis.tex').touch()
    assert 'is there already; delete it' in sentence(main, tmp_path, '--data', data)
    assert [path.name for path in tmp_path.iterdir()] == ['thesis.tex']


def test_data_that_is_missing_is_named(tmp_path, sentence):
    said = sentence(main, tmp_path / 'tower', '--data', tmp_path / 'vl.json')
    assert f'{tmp_path / "vl.json"} cannot be read: No such file or directory; make it' in said


@pytest.mark.parametrize('text', ['[{"id": "1"}]', '[1]', '{"patches": []}', '[{"patches"'])
def test_data_of_another_origin_is_refused(tmp_path, text):
    (tmp_path / 'vl.json').write_text(text)
    with pytest.raises(BadData, match=r'vl\.json (does not say what patches show|is no JSON)'):
        read_entries(tmp_path / 'vl.json')


def test_a_picture_that_is_missing_is_named(data, tmp_path):
    pictures = PatchPictures(json.loads(data.read_text()), tmp_path, size=128)
    with pytest.raises(BadData, match=r'000002\.jpg cannot be read: No such file'):
        pictures.batch([2])


def test_fewer_pictures_than_a_batch_are_refused_with_a_sentence(data, tmp_path, sentence):
    said = sentence(main, tmp_path / 'tower', '--data', data, '--batch-size', '12')
    assert 'has 12 pictures and 1 of them held out: too few for batches of 12' in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('option', ['--steps', '--batch-size'])
def test_nothing_to_train_is_refused_with_a_sentence(tmp_path, sentence, option):
    name = option.strip('-').replace('-', '_')
    said = sentence(main, tmp_path / 'tower', option, '0')
    assert f'{name} is 0, expected 1 or more' in said


def test_a_place_that_cannot_be_written_is_refused_before_training(data, tmp_path, sentence):
    (tmp_path / 'file').touch()
    said = sentence(main, tmp_path / 'file' / 'tower', '--data', data, '--batch-size', '4')
    assert f'{tmp_path / "file"} cannot be read or written: ' in said
    assert 'step/s' not in said


def test_help_names_the_command_and_every_option(capsys):
    with pytest.raises(SystemExit, match='0'):
        main(['--help'])
    said = capsys.readouterr().out
    assert 'usage: python -m genvla_training.tiny_tower' in said
    for option in ('--data', '--steps', '--batch-size', '--learning-rate', '--seed'):
        assert option in said
