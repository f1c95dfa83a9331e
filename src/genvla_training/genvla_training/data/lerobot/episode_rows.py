# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read the parquet rows of one episode and check them against meta/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from genvla_training.data.episode import BadData
from genvla_training.data.lerobot.columns import numbers
from genvla_training.data.lerobot.episode_index import EpisodeIndex, read_index
from genvla_training.data.lerobot.info import Info
from genvla_training.data.lerobot.parquet_rows import read_rows
from genvla_training.data.lerobot.tasks import read_tasks


@dataclass(frozen=True, eq=False)
class EpisodeRows:
    """The rows of one episode.

    Attributes:
        source: File and episode, for messages.
        task: Instruction to the robot.
        table: One row per step, at least one.
    """

    source: str
    task: str
    table: pa.Table


@dataclass(frozen=True, eq=False)
class Rows:
    """Reads the rows of a data set by episode; only its meta/ is kept in memory.

    Attributes:
        info: Contents of its info.json.
        index: Location of the episodes.
        tasks: Instruction to the robot, by task number.
    """

    info: Info
    index: EpisodeIndex
    tasks: Mapping[int, str]

    @classmethod
    def open(cls, folder: Path, info: Info, cameras: Sequence[str]) -> Rows:
        """Read meta/.

        Args:
            folder: The data set's folder.
            info: Contents of its info.json.
            cameras: Feature keys of the cameras to read.

        Raises:
            BadData: meta/ is damaged.
        """
        video_keys = [key for key in cameras if info.dtype(key) == 'video']
        return cls(info, read_index(folder, info, video_keys), read_tasks(folder, info.version))

    def read(self, index: int, columns: Sequence[str]) -> EpisodeRows:
        """Read columns of an episode, by its position in the list of episodes.

        Raises:
            BadData: The file is missing, damaged or does not match this meta/, the episode is
                empty, or it does not have exactly one task.
        """
        path, start = self.index.rows(index)
        number, length = int(self.index.ids_E[index]), int(self.index.lengths_E[index])
        source = f'{path}, episode {number}'
        if length < 1:
            raise BadData(f'{source}: its length is {length}; remove it from the data set')
        # A file of v2.x holds exactly one episode: read all of it to detect a mismatch with meta/.
        stop = start + length if self.info.version == 'v3.0' else None
        wanted = [*columns, 'episode_index', 'task_index']
        table = read_rows(path, wanted, source=source, start=start, stop=stop)
        if len(table) != length:
            raise BadData(
                f'{source}: it has {len(table)} steps, but meta/ says {length}; download both '
                'again'
            )
        present = np.unique(numbers(table, 'episode_index', source)).tolist()
        if present != [number]:
            raise BadData(
                f'{source}: its rows belong to episode {present}; the file and meta/ have '
                'different versions: download both again'
            )
        return EpisodeRows(source, self._task(table, source), table)

    def _task(self, table: pa.Table, source: str) -> str:
        chosen = np.unique(numbers(table, 'task_index', source)).tolist()
        if len(chosen) != 1:
            raise BadData(
                f'{source}: its task changes (task_index {chosen}); expected one instruction: '
                'split the episode'
            )
        folder = self.info.path.parent
        if chosen[0] not in self.tasks:
            raise BadData(
                f'{source}: task_index {chosen[0]} is not among the {len(self.tasks)} in '
                f'{folder}/tasks.*; download meta/ again'
            )
        task = self.tasks[chosen[0]].strip()
        if not task:
            raise BadData(
                f"{source}: task {chosen[0]} in {folder}/tasks.* is blank; fill in the robot's "
                'instruction, or exclude the episode'
            )
        return task
