# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from genvla_bringup import tiny_checkpoint
import genvla_policy


@pytest.fixture
def kept(tmp_path):
    """A checkpoint that has just been made in an empty cache."""
    folder = tiny_checkpoint.kept_folder(tmp_path / 'cache', seed=0, horizon=2)
    tiny_checkpoint.make(folder, seed=0, horizon=2)
    return folder


def test_a_checkpoint_is_kept_and_nothing_else(kept):
    assert [entry.name for entry in kept.parent.iterdir()] == [kept.name]
    assert (kept / 'model.safetensors').stat().st_size > 1_000_000


def test_one_that_another_demo_has_made_meanwhile_is_left_alone(kept):
    before = (kept / 'config.json').stat().st_ino
    tiny_checkpoint.make(kept, seed=0, horizon=2)
    assert (kept / 'config.json').stat().st_ino == before


def test_what_another_recipe_made_is_removed(tmp_path):
    old = tmp_path / 'seed0_horizon2_0123456789ab'
    old.mkdir()
    kept = tiny_checkpoint.kept_folder(tmp_path, seed=1, horizon=2)
    tiny_checkpoint.make(kept, seed=1, horizon=2)
    assert not old.exists()
    assert kept.is_dir()


def test_seed_and_horizon_decide_which_one_is_taken(tmp_path):
    folders = {
        tiny_checkpoint.kept_folder(tmp_path, seed=seed, horizon=horizon)
        for seed, horizon in ((0, 2), (1, 2), (0, 1), (0, 2))
    }
    assert len(folders) == 3


def test_a_change_of_the_code_is_another_recipe(tmp_path, monkeypatch):
    module = tmp_path / '__init__.py'
    monkeypatch.setattr(genvla_policy, '__file__', str(module))
    module.write_text('WIDTH = 1')
    before = tiny_checkpoint.recipe_digest()
    module.write_text('WIDTH = 2')
    assert tiny_checkpoint.recipe_digest() != before


def test_a_linked_checkpoint_takes_no_room(kept, tmp_path):
    tiny_checkpoint.link(kept, tmp_path / 'run')
    for file in kept.iterdir():
        assert (tmp_path / 'run' / file.name).samefile(file)
