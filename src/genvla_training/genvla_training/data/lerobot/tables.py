# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Write the parquet and JSON files of a LeRobotDataset v3.0, episode by episode.

Shape suffixes: T steps of an episode.

Source: lerobot 0.4.4, datasets/lerobot_dataset.py.
"""

from __future__ import annotations

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from genvla_training.data.episode import BadData
from genvla_training.data.lerobot.columns import is_numeric, numbers
from genvla_training.data.lerobot.layout import (
    DATA_PATH,
    EPISODES_PATH,
    INFO,
    STATISTICS,
    VERSION,
    VIDEO_PATH,
    FileSizes,
)
from genvla_training.data.lerobot.parquet_rows import ParquetWriter
from genvla_training.data.lerobot.statistics import (
    FeatureStatistics,
    column_statistics,
    merged_features,
)
from genvla_training.data.lerobot.tasks import write_tasks
from genvla_training.data.lerobot.video_writer import VideoPlace

Features = Mapping[str, Mapping[str, Any]]
"""dtype, shape and names of every column and camera, by key."""

NUMBERING: dict[str, dict[str, Any]] = {
    key: {'dtype': dtype, 'shape': [1], 'names': None}
    for key, dtype in {
        'timestamp': 'float32',
        'frame_index': 'int64',
        'episode_index': 'int64',
        'index': 'int64',
        'task_index': 'int64',
    }.items()
}
"""Columns of every data set."""

RENUMBERED = ('episode_index', 'index', 'task_index')
"""Columns of NUMBERING that depend on the preceding episodes."""

# Statistics make a row of meta/episodes wide; with one row group per row, the file would be mostly
# footer.
_EPISODES_PER_ROW_GROUP = 50


class TableWriter:
    """Writes everything except the videos; keeps no steps of earlier episodes in memory.

    Use it in a with statement. The last episode rows, the tasks, the statistics and info.json are
    written at its end, unless it ends with an exception.
    """

    def __init__(
        self, folder: Path, *, fps: float, robot_type: str, features: Features, sizes: FileSizes
    ) -> None:
        """Prepare to write into a folder.

        Args:
            folder: The data set's folder.
            fps: Steps per second [Hz].
            robot_type: Type of the robot.
            features: Features of the data set, including NUMBERING.
            sizes: Thresholds for starting a new file.
        """
        self.num_episodes = 0
        self._folder = folder
        self._fps = fps
        self._robot_type = robot_type
        self._features = features
        self._sizes = sizes
        self._num_steps = 0
        self._tasks: dict[str, int] = {}
        self._statistics: dict[str, FeatureStatistics] = {}
        self._rows: list[dict[str, Any]] = []
        limits = (sizes.data_bytes, sizes.chunk_files)
        self._data = ParquetWriter(folder, DATA_PATH, *limits)
        self._episodes = ParquetWriter(folder, EPISODES_PATH, *limits)

    def add_episode(
        self,
        steps: pa.Table,
        *,
        task: str,
        videos: Mapping[str, VideoPlace],
        picture_statistics: Mapping[str, FeatureStatistics],
    ) -> None:
        """Append an episode.

        Args:
            steps: T rows, at least one, with all columns except RENUMBERED.
            task: Instruction to the robot.
            videos: Location of the pictures, by camera.
            picture_statistics: Statistics of the pictures, by camera.
        """
        length = len(steps)
        steps = self._numbered(steps, task)
        statistics = dict(picture_statistics)
        for field in steps.schema:
            if is_numeric(field.type):
                statistics[field.name] = column_statistics(numbers(steps, field.name, field.name))
        row = self._episode_row(task, length)
        self._data.write(steps)
        for key, place in videos.items():
            row[f'videos/{key}/chunk_index'] = place.number.chunk
            row[f'videos/{key}/file_index'] = place.number.file
            row[f'videos/{key}/from_timestamp'] = place.start_s
            row[f'videos/{key}/to_timestamp'] = place.end_s
        for key, values in statistics.items():
            row |= {f'stats/{key}/{name}': value.tolist() for name, value in values.items()}
        self._rows.append(row)
        self._statistics = (
            merged_features(self._statistics, statistics) if self._statistics else statistics
        )
        self._num_steps += length
        self.num_episodes += 1
        if len(self._rows) == _EPISODES_PER_ROW_GROUP:
            self._write_rows()

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._data, self._episodes:
            if kind is None:
                self._finish()

    def _finish(self) -> None:
        if not self.num_episodes:
            raise BadData('no episode was added; a data set needs at least one')
        self._write_rows()
        write_tasks(self._folder, list(self._tasks))
        statistics = {
            key: {name: value.tolist() for name, value in values.items()}
            for key, values in self._statistics.items()
        }
        _write_json(self._folder / STATISTICS, statistics)
        _write_json(self._folder / INFO, self._info())

    def _numbered(self, steps: pa.Table, task: str) -> pa.Table:
        length = len(steps)
        task_index = self._tasks.setdefault(task, len(self._tasks))
        columns = {
            'episode_index': np.full(length, self.num_episodes, dtype=np.int64),
            'index': np.arange(self._num_steps, self._num_steps + length, dtype=np.int64),
            'task_index': np.full(length, task_index, dtype=np.int64),
        }
        for name, values in columns.items():
            steps = steps.append_column(name, pa.array(values))
        return steps

    def _episode_row(self, task: str, length: int) -> dict[str, Any]:
        number = self._data.next_number()
        return {
            'episode_index': self.num_episodes,
            'tasks': [task],
            'length': length,
            'data/chunk_index': number.chunk,
            'data/file_index': number.file,
            'dataset_from_index': self._num_steps,
            'dataset_to_index': self._num_steps + length,
        }

    def _write_rows(self) -> None:
        if self._rows:
            number = self._episodes.next_number()
            place = {
                'meta/episodes/chunk_index': number.chunk,
                'meta/episodes/file_index': number.file,
            }
            self._episodes.write(pa.Table.from_pylist([row | place for row in self._rows]))
            self._rows.clear()

    def _info(self) -> dict[str, Any]:
        has_video = any(spec['dtype'] == 'video' for spec in self._features.values())
        return {
            'codebase_version': VERSION,
            'robot_type': self._robot_type,
            'total_episodes': self.num_episodes,
            'total_frames': self._num_steps,
            'total_tasks': len(self._tasks),
            'chunks_size': self._sizes.chunk_files,
            'data_files_size_in_mb': self._sizes.data_mb,
            'video_files_size_in_mb': self._sizes.video_mb,
            'fps': int(self._fps) if self._fps == int(self._fps) else self._fps,
            'splits': {'train': f'0:{self.num_episodes}'},
            'data_path': DATA_PATH,
            'video_path': VIDEO_PATH if has_video else None,
            'features': self._features,
        }


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=4) + '\n', encoding='utf-8')
