# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The command of the vision tower's first stage of training."""

from __future__ import annotations

import pytest

from genvla_policy.inference.policy import Policy
from genvla_training.patch_words.command import TowerOptions, _parted, main, train_tower
from genvla_training.run.data_sets import split
from genvla_training.run.recipes import tiny_base


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
    assert 'usage: python -m genvla_training.patch_words' in said
    for option in ('--data', '--steps', '--batch-size', '--learning-rate', '--seed'):
        assert option in said
