# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings that a folder keeps."""

from __future__ import annotations

from dataclasses import dataclass
import json
from pathlib import Path

import pytest

from genvla_command.kept_settings import SettingsMismatch, keep_settings


@dataclass(frozen=True)
class Settings:
    out: Path = Path('anywhere')
    episodes: int = 10
    tasks: tuple[str, ...] = ('PickCarrot', 'PickKnife')


def test_a_new_folder_keeps_all_settings_but_its_own_name(tmp_path):
    keep_settings(tmp_path / 'deep' / 'data', Settings())
    kept = json.loads((tmp_path / 'deep' / 'data' / 'settings.json').read_text())
    assert kept == {'episodes': 10, 'tasks': ['PickCarrot', 'PickKnife']}


def test_the_same_settings_are_accepted_again_wherever_the_folder_has_been_moved(tmp_path):
    keep_settings(tmp_path / 'data', Settings())
    (tmp_path / 'data').rename(tmp_path / 'moved')
    keep_settings(tmp_path / 'moved', Settings(out=Path('elsewhere')))


def test_other_settings_are_refused_and_both_values_named(tmp_path):
    keep_settings(tmp_path, Settings())
    with pytest.raises(SettingsMismatch, match=r'settings: episodes 10, now 20; delete'):
        keep_settings(tmp_path, Settings(episodes=20))
    assert json.loads((tmp_path / 'settings.json').read_text())['episodes'] == 10


def test_a_setting_that_the_folder_does_not_know_is_refused(tmp_path):
    (tmp_path / 'settings.json').write_text('{"episodes": 10}')
    with pytest.raises(SettingsMismatch, match='tasks None, now'):
        keep_settings(tmp_path, Settings())


def test_an_empty_folder_is_taken(tmp_path):
    keep_settings(tmp_path, Settings())
    assert (tmp_path / 'settings.json').exists()


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / 'thesis.tex').touch()
    with pytest.raises(SettingsMismatch, match=r'has no settings\.json: name a new folder'):
        keep_settings(tmp_path, Settings())
    assert [path.name for path in tmp_path.iterdir()] == ['thesis.tex']


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / 'data').touch()
    with pytest.raises(SettingsMismatch, match='is there already'):
        keep_settings(tmp_path / 'data', Settings())


@pytest.mark.parametrize('damaged', ['', '{"episodes": 1', '[10]'])
def test_damaged_settings_are_refused(tmp_path, damaged):
    (tmp_path / 'settings.json').write_text(damaged)
    with pytest.raises(SettingsMismatch, match=r'settings\.json is no list of settings; delete'):
        keep_settings(tmp_path, Settings())
