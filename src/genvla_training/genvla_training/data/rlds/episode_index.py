# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Index of the position and length of each episode, built in one pass and cached on disk.

The index of each shard is written as soon as it is complete, so an interrupted pass resumes.

Shape suffixes: E episodes, R records of a shard.
"""

from __future__ import annotations

from collections.abc import Sequence
import json
import logging
import os
from pathlib import Path
import tempfile
from typing import Any
import zipfile

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from genvla_training.data.episode import BadData
from genvla_training.data.rlds.example import NotAnExample, feature_names, parse_example
from genvla_training.data.rlds.tfds_folder import Shard
from genvla_training.data.rlds.tfrecord import map_file, record_spans

_log = logging.getLogger(__name__)

INDEX_FOLDER = 'genvla_index'
EPISODE = np.dtype(
    [
        ('shard', np.int64),
        ('record', np.int64),  # number in the shard
        ('offset', np.int64),  # start of its data in the file [bytes]
        ('num_bytes', np.int64),
        ('num_steps', np.int64),  # as stored
        ('labelled', np.bool_),  # has an instruction
    ]
)
"""Index entry of an episode."""

_VERSION = 1
_SECONDS_BEFORE_PROGRESS = 3.0


def index_episodes(
    shards: Sequence[Shard], *, instruction: str, index_dir: Path
) -> NDArray[np.void]:
    """Return a row of dtype EPISODE for each episode, in the order of the files.

    A pass reads only the headers of records and features and the instructions. Shards whose name,
    size and modification time match the cached index are not opened.

    Args:
        shards: The files of a split.
        instruction: Feature with the instruction to the robot; it has one entry per step.
        index_dir: Folder for the index, with a small file per shard. If it is not writable,
            nothing is cached, and a message is logged.

    Raises:
        BadData: A file is damaged, truncated or lacks the feature.
    """
    progress = tqdm(shards, desc='indexing episodes', unit='shard', delay=_SECONDS_BEFORE_PROGRESS)
    rows = [
        _indexed(number, shard, instruction, index_dir) for number, shard in enumerate(progress)
    ]
    return np.concatenate([np.empty(0, dtype=EPISODE), *rows])


def _indexed(number: int, shard: Shard, instruction: str, index_dir: Path) -> NDArray[np.void]:
    stat = shard.path.stat()
    key = json.dumps([_VERSION, shard.path.name, stat.st_size, stat.st_mtime_ns, instruction])
    path = index_dir / f'{shard.path.name}.npz'
    rows_R = _load(path, key)
    if rows_R is None:
        rows_R = _scan(number, shard, instruction)
        _save(path, key, rows_R)
    return rows_R


def _scan(number: int, shard: Shard, instruction: str) -> NDArray[np.void]:
    file = map_file(shard.path)
    rows = []
    for record, span in enumerate(record_spans(file, shard.path)):
        source = f'{shard.path}, episode {record}'
        example = file[span.offset : span.offset + span.num_bytes]
        try:
            texts = parse_example(example, [instruction]).get(instruction)
            if not isinstance(texts, list):
                raise BadData(
                    f'{source} lacks the text feature {instruction!r}; it has '
                    f'{feature_names(example)}'
                )
        except NotAnExample as error:
            raise BadData(
                f'{source} is not a tf.Example: {error}; expected RLDS episodes. Download the '
                'file again'
            ) from error
        rows.append((number, record, *span, len(texts), any(map(bytes.strip, texts))))
    if len(rows) != shard.num_records:
        raise BadData(
            f'{shard.path} holds {len(rows)} episodes, but dataset_info.json says '
            f'{shard.num_records}; download the file again'
        )
    return np.array(rows, dtype=EPISODE)


def _load(path: Path, key: str) -> NDArray[np.void] | None:
    """Return the cached index; None if it belongs to another file or is unreadable."""
    try:
        with np.load(path, allow_pickle=False) as file:
            rows_R: NDArray[Any] = file['episodes']
            matches = str(file['key']) == key and rows_R.dtype == EPISODE
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return rows_R if matches else None


def _save(path: Path, key: str, rows_R: NDArray[np.void]) -> None:
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Ranks that start together may all write it; replacing the file keeps it complete for
        # readers.
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix='.tmp', delete=False) as file:
            temporary = Path(file.name)
            np.savez(file, key=np.array(key), episodes=rows_R)
        temporary.chmod(0o644)  # other users also read the data set
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        _log.warning(
            '%s, the index of a shard, cannot be written (%s): the whole shard is read each time '
            'it is opened; make the folder writable',
            *(path, error),
        )
