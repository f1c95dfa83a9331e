# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The command that trains the first stage of the vision tower."""

from __future__ import annotations

import pytest

from genvla_policy.inference.policy import Policy
from genvla_training.patch_words.command import TowerOptions, _parted, main, train_tower
from genvla_training.run.data_sets import split
from genvla_training.run.recipes import tiny_base


def test_later_stages_hold_out_the_same_images():
    stage = tiny_base()
    indices = split(100, stage.validation.held_out_share, seed=stage.data.seed)
    assert _parted(range(100)) == tuple(each.tolist() for each in indices)


def test_training_writes_a_checkpoint_that_the_policy_loads(data, tmp_path):
    report = train_tower(TowerOptions(tmp_path / 'tower', data=data, steps=3, batch_size=4))
    assert 0.0 <= report['word accuracy'] <= 1.0
    policy = Policy.load(tmp_path / 'tower')
    assert policy.config.name == 'genvla-tiny-tower'
    assert [path.name for path in tmp_path.iterdir()] == ['tower']


def test_an_existing_folder_is_not_overwritten(data, tmp_path, sentence):
    (tmp_path / 'thesis.tex').touch()
    assert 'already exists; delete it' in sentence(main, tmp_path, '--data', data)
    assert [path.name for path in tmp_path.iterdir()] == ['thesis.tex']


def test_missing_data_is_named(tmp_path, sentence):
    said = sentence(main, tmp_path / 'tower', '--data', tmp_path / 'vl.json')
    assert f'{tmp_path / "vl.json"} cannot be read: No such file or directory; create it' in said


def test_fewer_images_than_a_batch_end_with_a_one_line_message(data, tmp_path, sentence):
    said = sentence(main, tmp_path / 'tower', '--data', data, '--batch-size', '12')
    assert 'has 12 images, of which 1 are held out: too few for batches of 12' in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('option', ['--steps', '--batch-size'])
def test_zero_steps_end_with_a_one_line_message(tmp_path, sentence, option):
    name = option.strip('-').replace('-', '_')
    said = sentence(main, tmp_path / 'tower', option, '0')
    assert f'{name} is 0, expected 1 or more' in said


def test_an_unwritable_folder_is_refused_before_training(data, tmp_path, sentence):
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
