# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Merge LeRobotDataset v3.0 folders with the same features, without re-encoding videos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
import shutil
from typing import Any

from numpy.typing import NDArray

from genvla_command.whole_folder import check_free, whole_folder
from genvla_training.data.episode import BadData
from genvla_training.data.lerobot.episode_index import read_episodes
from genvla_training.data.lerobot.episode_rows import Rows
from genvla_training.data.lerobot.info import Info
from genvla_training.data.lerobot.layout import VERSION, VIDEO_PATH, FileNumber, FileSizes
from genvla_training.data.lerobot.statistics import NAMES, FeatureStatistics
from genvla_training.data.lerobot.tables import RENUMBERED, TableWriter
from genvla_training.data.lerobot.video_writer import VideoPlace


def merge(
    parts: Sequence[Path], out: Path, *, sizes: FileSizes | None = None, replace: bool = False
) -> None:
    """Write the episodes of several data sets, in order, as one data set.

    Video files are copied unchanged, so there are as many as in the parts. Parquet files are
    filled up to their size limit. The folder appears complete at the end; until then, an existing
    folder stays in its place.

    Args:
        parts: v3.0 folders, at least one.
        out: The folder to write.
        sizes: Thresholds for starting a new parquet file.
        replace: Whether the complete new folder replaces an existing one.

    Raises:
        FileExistsError: The folder exists and `replace` is false.
        BadData: A part is damaged, is not v3.0, or differs from the first one in features, rate or
            robot.
        ValueError: There are no parts.
    """
    if not parts:
        raise ValueError('no parts to merge')
    if not replace:
        check_free(out)
    infos = check_alike(parts)
    sizes = sizes or FileSizes()
    with whole_folder(out) as folder:
        columns = [
            key
            for key, spec in infos[0].features.items()
            if spec['dtype'] != 'video' and key not in RENUMBERED
        ]
        copies = {key: _VideoCopies(folder, key, sizes) for key in infos[0].keys('video')}
        with TableWriter(
            folder,
            fps=infos[0].fps,
            robot_type=infos[0].robot_type,
            features=infos[0].features,
            sizes=sizes,
        ) as tables:
            for part, info in zip(parts, infos, strict=True):
                _append(part, info, columns, tables, copies)


def check_alike(parts: Sequence[Path]) -> list[Info]:
    """Return the info of each data set, after checking that they can be merged.

    Args:
        parts: v3.0 folders.

    Raises:
        BadData: A part is damaged, is not v3.0, or differs from the first one in features, rate or
            robot.
    """
    infos = [Info.read(part) for part in parts]
    for info in infos:
        _check_alike(infos[0], info)
    return infos


def _append(
    part: Path,
    info: Info,
    columns: Sequence[str],
    tables: TableWriter,
    copies: Mapping[str, _VideoCopies],
) -> None:
    rows = Rows.open(part, info, list(copies))
    lengths = rows.index.lengths_E.tolist()
    statistics = _picture_statistics(part, info.keys('video', 'image'), len(lengths))
    for index, length in enumerate(lengths):
        episode = rows.read(index, columns)
        places = {}
        for key, copy in copies.items():
            video = rows.index.video(index, key)
            number = copy.number_of(video.path, episode.source)
            places[key] = VideoPlace(number, video.start_s, video.start_s + length / info.fps)
        tables.add_episode(
            episode.table.select(columns),
            task=episode.task,
            videos=places,
            picture_statistics=statistics[index],
        )


class _VideoCopies:
    """Copies each video of one camera once and renumbers it."""

    def __init__(self, folder: Path, key: str, sizes: FileSizes) -> None:
        self._folder = folder
        self._key = key
        self._chunk_files = sizes.chunk_files
        self._next = FileNumber()
        self._number_of: dict[Path, FileNumber] = {}

    def number_of(self, path: Path, source: str) -> FileNumber:
        if path not in self._number_of:
            target = self._folder / self._next.path(VIDEO_PATH, self._key)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file():
                raise BadData(f'{source}: {path} is missing; write the part again')
            shutil.copyfile(path, target)
            self._number_of[path] = self._next
            self._next = self._next.next(self._chunk_files)
        return self._number_of[path]


def _check_alike(first: Info, info: Info) -> None:
    if info.version != VERSION:
        raise BadData(f'{info.path}: codebase_version is {info.version}, expected {VERSION}')
    expected, found = (
        {'fps': each.fps, 'robot_type': each.robot_type, **each.features} for each in (first, info)
    )
    for key in expected | found:
        if found.get(key) != expected.get(key):
            raise BadData(
                f'{info.path}: {key} is {found.get(key)}, expected {expected.get(key)} as in '
                f'{first.path}; only data sets of the same robot and format can be merged'
            )


def _picture_statistics(
    part: Path, keys: Sequence[str], num_episodes: int
) -> list[dict[str, FeatureStatistics]]:
    """Read the picture statistics by episode and camera; recomputing them would be slow."""
    column = read_episodes(part, [], [f'stats/{key}/{name}' for key in keys for name in NAMES])
    return [
        {
            key: {name: _shaped(name, column[f'stats/{key}/{name}'][index]) for name in NAMES}
            for key in keys
        }
        for index in range(num_episodes)
    ]


def _shaped(name: str, values: NDArray[Any]) -> NDArray[Any]:
    return values if name == 'count' else values.reshape(-1, 1, 1)
