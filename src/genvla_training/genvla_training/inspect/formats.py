# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Finds out which of the known formats a data set has."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from genvla_training.data.episode import BadData

RobotFormat = Literal['lerobot', 'rlds']
ConversationFormat = Literal['llava', 'parquet']
Format = RobotFormat | ConversationFormat

_LOOKED_FOR = (
    'a folder with meta/info.json (lerobot), a folder with dataset_info.json, or with one version '
    'that has it (rlds), a .json or .jsonl file (llava), a .parquet file or a folder with some '
    '(parquet)'
)
_NUM_NAMED = 8


def detect_format(path: Path) -> Format:
    """Tell a data set's format by its files' names; opens none of them.

    Raises:
        BadData: There is nothing, or nothing known.
    """
    if not path.exists():
        raise BadData(f'{path} is not there; expected {_LOOKED_FOR}')
    if path.is_file():
        if path.suffix in ('.json', '.jsonl'):
            return 'llava'
        if path.suffix == '.parquet':
            return 'parquet'
        raise BadData(f'{path} is a {path.suffix or "nameless"} file; expected {_LOOKED_FOR}')
    if (path / 'meta/info.json').is_file():
        return 'lerobot'
    if any(path.glob('dataset_info.json')) or any(path.glob('*/dataset_info.json')):
        return 'rlds'
    if any(path.rglob('*.parquet')):
        return 'parquet'
    found = sorted(entry.name for entry in path.iterdir())
    named = found[:_NUM_NAMED] + ['...'] * (len(found) > _NUM_NAMED)
    raise BadData(f'{path} holds {named}; expected {_LOOKED_FOR}')
