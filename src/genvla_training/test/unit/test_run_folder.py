# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A run's folder belongs to one run, and keeps its last checkpoints."""

from dataclasses import replace

import pytest

from genvla_training.recipes import RECIPES
from genvla_training.training.run_folder import RunFolder, RunMismatch

CONFIG = RECIPES['tiny']()


def test_another_configuration_is_refused_by_name(tmp_path):
    folder = RunFolder(tmp_path / 'run')
    folder.begin(CONFIG)
    other = replace(CONFIG, optimizer=replace(CONFIG.optimizer, learning_rate=7e-4))
    with pytest.raises(RunMismatch, match=r'optimizer.learning_rate \(0.001, now 0.0007\)'):
        folder.begin(other)


def test_a_run_may_get_longer(tmp_path):
    folder = RunFolder(tmp_path / 'run')
    folder.begin(CONFIG)
    folder.begin(replace(CONFIG, steps=CONFIG.steps + 1, num_workers=3))


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / 'thesis.tex').touch()
    with pytest.raises(RunMismatch, match='is not empty'):
        RunFolder(tmp_path).begin(CONFIG)


def test_the_last_checkpoints_are_kept_and_remains_removed(tmp_path):
    folder = RunFolder(tmp_path)
    for step in (5, 10, 100):
        folder.checkpoint(step).mkdir()
    (tmp_path / 'step-000200.abc.partial').mkdir()
    assert [step for step, _ in folder.checkpoints()] == [5, 10, 100]
    folder.keep_last(2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['step-000010', 'step-000100']


def test_every_recipe_is_a_whole_configuration():
    for name, recipe in RECIPES.items():
        config = recipe()
        assert config.to_json(), name
        assert sum(config.samples_per_stream) * config.data.num_streams == config.batch_size
