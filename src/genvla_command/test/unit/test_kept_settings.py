# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings that are kept in a folder."""

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


def test_a_new_folder_keeps_all_settings_except_its_path(tmp_path):
    keep_settings(tmp_path / 'deep' / 'data', Settings())
    kept = json.loads((tmp_path / 'deep' / 'data' / 'settings.json').read_text())
    assert kept == {'episodes': 10, 'tasks': ['PickCarrot', 'PickKnife']}


def test_the_same_settings_are_accepted_after_the_folder_was_moved(tmp_path):
    keep_settings(tmp_path / 'data', Settings())
    (tmp_path / 'data').rename(tmp_path / 'moved')
    keep_settings(tmp_path / 'moved', Settings(out=Path('elsewhere')))


def test_different_settings_are_rejected_with_both_values(tmp_path):
    keep_settings(tmp_path, Settings())
    with pytest.raises(SettingsMismatch, match=r'settings: episodes 10, now 20; delete'):
        keep_settings(tmp_path, Settings(episodes=20))
    assert json.loads((tmp_path / 'settings.json').read_text())['episodes'] == 10


def test_a_setting_that_the_folder_lacks_is_rejected(tmp_path):
    (tmp_path / 'settings.json').write_text('{"episodes": 10}')
    with pytest.raises(SettingsMismatch, match='tasks None, now'):
        keep_settings(tmp_path, Settings())


def test_an_empty_folder_is_accepted(tmp_path):
    keep_settings(tmp_path, Settings())
    assert (tmp_path / 'settings.json').exists()


def test_a_folder_with_other_files_is_rejected_and_unchanged(tmp_path):
    (tmp_path / 'thesis.tex').touch()
    with pytest.raises(SettingsMismatch, match=r'has no settings\.json: choose a new folder'):
        keep_settings(tmp_path, Settings())
    assert [path.name for path in tmp_path.iterdir()] == ['thesis.tex']


def test_a_file_is_rejected_as_a_folder(tmp_path):
    (tmp_path / 'data').touch()
    with pytest.raises(SettingsMismatch, match='already exists'):
        keep_settings(tmp_path / 'data', Settings())


@pytest.mark.parametrize('damaged', ['', '{"episodes": 1', '[10]'])
def test_damaged_settings_are_rejected(tmp_path, damaged):
    (tmp_path / 'settings.json').write_text(damaged)
    with pytest.raises(
        SettingsMismatch, match=r'settings\.json is not a JSON object of settings; delete'
    ):
        keep_settings(tmp_path, Settings())
