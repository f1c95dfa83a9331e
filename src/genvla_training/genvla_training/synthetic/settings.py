# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A folder remembers what it is made with, so that an interrupted run goes on as it began."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

SETTINGS_FILE = 'settings.json'


class SettingsMismatch(ValueError):
    """A folder was begun with other settings; says which."""


def keep_settings(folder: Path, settings: Any) -> None:
    """Make a folder and write its settings, or compare them with those that are there.

    Args:
        folder: Where the data set is written.
        settings: A dataclass; its field `out` is not kept.

    Raises:
        SettingsMismatch: The folder was begun with other settings, or holds something else.
    """
    kept = {k: v for k, v in dataclasses.asdict(settings).items() if k != 'out'}
    kept = json.loads(json.dumps(kept))
    path = folder / SETTINGS_FILE
    if path.exists():
        found = json.loads(path.read_text(encoding='utf-8'))
        differ = [key for key in kept | found if kept.get(key) != found.get(key)]
        if differ:
            raise SettingsMismatch(
                f'{folder} was begun with other settings: '
                + ', '.join(f'{key} {found.get(key)}, now {kept.get(key)}' for key in differ)
                + '; delete the folder, or go on with its own settings'
            )
        return
    if folder.exists() and any(folder.iterdir()):
        raise SettingsMismatch(
            f'{folder} is not empty and has no {SETTINGS_FILE}: name a new folder'
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=2) + '\n', encoding='utf-8')
