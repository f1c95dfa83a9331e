# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Finds out which of the known formats a data set has, and opens it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from genvla_training.data.conversation import VisionLanguageDataset
from genvla_training.data.episode import BadData, RobotDataset
from genvla_training.data.hf_parquet import open_hf_parquet
from genvla_training.data.lerobot import open_lerobot
from genvla_training.data.llava_json import open_llava_json
from genvla_training.data.rlds import open_rlds

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


def open_robot(
    path: Path, kind: RobotFormat, *, cameras: Sequence[str], image_size: int
) -> RobotDataset:
    """Open demonstrations.

    Args:
        path: The folder.
        kind: Its format.
        cameras: Feature keys of a LeRobotDataset; none for the first one by name.
        image_size: Side of the squares to resize pictures to [px].

    Raises:
        BadData: They cannot be read, or cameras are named where the data set has its own.
    """
    if kind == 'lerobot':
        return open_lerobot(path, cameras=cameras, image_size=image_size)
    if cameras:
        raise BadData(f'{path}: --camera is for lerobot; those of rlds are in its transform')
    return open_rlds(path, image_size=image_size)


def open_conversations(
    path: Path, kind: ConversationFormat, *, image_folder: Path | None
) -> VisionLanguageDataset:
    """Open conversations.

    Args:
        path: The file, or the folder.
        kind: Its format.
        image_folder: Where the pictures of a LLaVA file are; None for its folder.

    Raises:
        BadData: They cannot be read, or a folder is named for pictures that parquet has inside.
    """
    if kind == 'llava':
        return open_llava_json(path, image_folder=image_folder)
    if image_folder is not None:
        raise BadData(f'{path}: --image-folder is for llava; parquet files have pictures inside')
    return open_hf_parquet(path)
