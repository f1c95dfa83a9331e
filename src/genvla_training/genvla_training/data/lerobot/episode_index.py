# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Locate the episodes of a LeRobotDataset: a file each in v2.x, a part of a file in v3.0.

Shape suffixes: E episodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
import pyarrow as pa

from genvla_training.data.episode import BadData
from genvla_training.data.lerobot.columns import numbers, whole_numbers
from genvla_training.data.lerobot.info import Info
from genvla_training.data.lerobot.json_lines import read_lines
from genvla_training.data.lerobot.layout import EPISODES, FileNumber
from genvla_training.data.lerobot.parquet_rows import read_rows

EPISODE_LINES = Path('meta/episodes.jsonl')


@dataclass(frozen=True)
class VideoPart:
    """The part of a video that shows an episode, which begins at start_s [s]."""

    path: Path
    start_s: float


class EpisodeIndex(Protocol):
    """Locates episodes by their position in the list of episodes."""

    @property
    def ids_E(self) -> NDArray[np.int64]:
        """The episode_index of each episode."""

    @property
    def lengths_E(self) -> NDArray[np.int64]:
        """Steps of each episode."""

    def rows(self, index: int) -> tuple[Path, int]:
        """Return the parquet file of an episode and the episode's first row in it."""

    def video(self, index: int, key: str) -> VideoPart:
        """Return the video of an episode from one camera."""


def read_index(folder: Path, info: Info, video_keys: Sequence[str]) -> EpisodeIndex:
    """Read the list of episodes.

    Args:
        folder: The data set's folder.
        info: Contents of its info.json.
        video_keys: Cameras whose videos will be read.

    Raises:
        BadData: The list is missing, unreadable or incomplete.
    """
    index: EpisodeIndex
    if info.version == 'v3.0':
        index = _PartsOfFiles.read(folder, info, video_keys)
    else:
        index = _FilePerEpisode.read(folder, info)
    if len(index.ids_E) != info.num_episodes:
        raise BadData(
            f'{folder}/meta lists {len(index.ids_E)} episodes, but {info.path} says '
            f'total_episodes {info.num_episodes}; download meta/ again'
        )
    wrong = np.flatnonzero(index.lengths_E < 0)
    if wrong.size:
        raise BadData(
            f'{folder}/meta, episode {index.ids_E[wrong[0]]}: length is '
            f'{index.lengths_E[wrong[0]]}; download meta/ again'
        )
    if len(index.ids_E):
        _check_templates(info, index, video_keys)
    return index


@dataclass(frozen=True, eq=False)
class _FilePerEpisode:
    folder: Path
    info: Info
    ids_E: NDArray[np.int64]
    lengths_E: NDArray[np.int64]

    @classmethod
    def read(cls, folder: Path, info: Info) -> _FilePerEpisode:
        lines = read_lines(folder / EPISODE_LINES, {'episode_index': int, 'length': int})
        ids = np.array([line['episode_index'] for line in lines], dtype=np.int64)
        lengths = np.array([line['length'] for line in lines], dtype=np.int64)
        return cls(folder, info, ids, lengths)

    def rows(self, index: int) -> tuple[Path, int]:
        return self._path(self.info.data_path, index, ''), 0

    def video(self, index: int, key: str) -> VideoPart:
        return VideoPart(self._path(self.info.video_path, index, key), 0.0)

    def _path(self, template: str, index: int, key: str) -> Path:
        number = int(self.ids_E[index])
        chunk = number // self.info.chunk_episodes
        return self.folder / template.format(
            episode_chunk=chunk, episode_index=number, video_key=key
        )


@dataclass(frozen=True, eq=False)
class _PartsOfFiles:
    folder: Path
    info: Info
    ids_E: NDArray[np.int64]
    lengths_E: NDArray[np.int64]
    files_E2: NDArray[np.int64]
    first_rows_E: NDArray[np.int64]
    video_files_E2: Mapping[str, NDArray[np.int64]]
    video_starts_E: Mapping[str, NDArray[np.float64]]

    @classmethod
    def read(cls, folder: Path, info: Info, video_keys: Sequence[str]) -> _PartsOfFiles:
        files = {'data': ('data/chunk_index', 'data/file_index')}
        files |= {
            key: (f'videos/{key}/chunk_index', f'videos/{key}/file_index') for key in video_keys
        }
        starts = {key: f'videos/{key}/from_timestamp' for key in video_keys}
        whole = ['episode_index', 'length', 'dataset_from_index', 'dataset_to_index']
        whole += [name for pair in files.values() for name in pair]
        column = read_episodes(folder, whole, list(starts.values()))
        spans = column['dataset_to_index'] - column['dataset_from_index']
        wrong = np.flatnonzero(spans != column['length'])
        if wrong.size:
            number = column['episode_index'][wrong[0]]
            raise BadData(
                f'{folder / EPISODES}, episode {number}: length is {column["length"][wrong[0]]}, '
                f'but dataset_from_index to dataset_to_index span {spans[wrong[0]]} steps; '
                'download meta/ again'
            )
        pairs = {key: np.stack([column[a], column[b]], axis=1) for key, (a, b) in files.items()}
        return cls(
            folder,
            info,
            column['episode_index'],
            column['length'],
            pairs['data'],
            _first_rows(pairs['data'], column['dataset_from_index']),
            {key: pairs[key] for key in video_keys},
            {key: column[name].astype(np.float64) for key, name in starts.items()},
        )

    def rows(self, index: int) -> tuple[Path, int]:
        number = FileNumber(*self.files_E2[index].tolist())
        return self.folder / number.path(self.info.data_path), int(self.first_rows_E[index])

    def video(self, index: int, key: str) -> VideoPart:
        number = FileNumber(*self.video_files_E2[key][index].tolist())
        path = self.folder / number.path(self.info.video_path, key)
        return VideoPart(path, float(self.video_starts_E[key][index]))


def read_episodes(
    folder: Path, whole: Sequence[str], real: Sequence[str]
) -> dict[str, NDArray[Any]]:
    """Read columns of the list of episodes of a v3.0 data set; lists are flattened.

    Args:
        folder: The data set's folder.
        whole: Names of the integer columns.
        real: Names of other numeric columns.

    Raises:
        BadData: The list is missing or unreadable, a column is missing, or an integer column has
            another type or an empty row.
    """
    source = f'{folder / EPISODES}'
    paths = sorted((folder / EPISODES).glob('*/*.parquet'))
    if not paths:
        raise BadData(f'{source} holds no parquet files; download meta/')
    names = [*whole, *real]
    tables = (read_rows(path, names, source='the list of episodes') for path in paths)
    table = pa.concat_tables(tables, promote_options='permissive')
    return {name: whole_numbers(table, name, source) for name in whole} | {
        name: numbers(table, name, source) for name in real
    }


def _first_rows(files_E2: NDArray[np.int64], from_E: NDArray[np.int64]) -> NDArray[np.int64]:
    """Convert each episode's first row in the data set to its first row in the file."""
    _, file_of_E = np.unique(files_E2, axis=0, return_inverse=True)
    starts = np.full(file_of_E.max(initial=-1) + 1, np.iinfo(np.int64).max)
    np.minimum.at(starts, file_of_E, from_E)
    return np.asarray(from_E - starts[file_of_E], dtype=np.int64)


def _check_templates(info: Info, index: EpisodeIndex, video_keys: Sequence[str]) -> None:
    try:
        index.rows(0)
        for key in video_keys:
            index.video(0, key)
    except (KeyError, IndexError, ValueError) as error:
        raise BadData(
            f'{info.path}: data_path {info.data_path!r} or video_path {info.video_path!r} does '
            f'not fit {info.version}: {error!r}'
        ) from error
