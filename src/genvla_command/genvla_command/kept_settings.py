# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings of a long run: kept in its folder, and compared before the run starts or resumes.

An interrupted run resumes only with the settings that it began with.
"""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
import dataclasses
import json
from pathlib import Path
from typing import Any

from genvla_command.whole_folder import write_whole

SETTINGS_FILE = 'settings.json'


class SettingsMismatch(ValueError):
    """The folder's settings differ or are of another kind of run; the message gives details."""


USER_ERRORS = (SettingsMismatch, OSError, BrokenProcessPool)
"""Errors of a run with an output folder that a user can fix."""


def keep_settings(folder: Path, settings: Any) -> None:
    """Create a folder and write its settings, or compare them with those already there.

    Args:
        folder: Folder for the results.
        settings: A dataclass; its field `out` is not kept.

    Raises:
        SettingsMismatch: The folder was created with other settings, or holds something else.
        OSError: The folder cannot be written.
    """
    kept = {k: v for k, v in dataclasses.asdict(settings).items() if k != 'out'}
    text = json.dumps(kept, indent=2, default=str) + '\n'
    path = folder / SETTINGS_FILE
    if path.exists():
        _compare(folder, json.loads(text), _read(path))
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsMismatch(
            f'{folder} already exists and has no {SETTINGS_FILE}: choose a new folder'
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding='utf-8'))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SettingsMismatch(f'{path} is not a JSON object of settings; delete its folder')
    return found


def _compare(folder: Path, now: dict[str, Any], found: dict[str, Any]) -> None:
    differ = [key for key in now | found if now.get(key) != found.get(key)]
    if differ:
        raise SettingsMismatch(
            f'{folder} was created with other settings: '
            + ', '.join(f'{key} {found.get(key)}, now {now.get(key)}' for key in differ)
            + '; delete the folder, or use the settings it was created with'
        )
