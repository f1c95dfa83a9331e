# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the robot was told in an episode, without its pictures."""

from __future__ import annotations

from genvla_training.data.episode import RobotDataset
from genvla_training.data.lerobot.dataset import LeRobotDataset
from genvla_training.data.rlds.dataset import RldsDataset
from genvla_training.data.rlds.stored_episode import StoredEpisode
from genvla_training.data.rlds.tfrecord import map_file


def read_instruction(dataset: RobotDataset, index: int) -> str:
    """Return the instruction of one episode, decoding no pictures if the format allows it.

    Raises:
        BadData: The episode cannot be read, or there is none.
    """
    match dataset:
        case LeRobotDataset():
            return dataset.rows.read(index, []).task
        case RldsDataset():
            return _from_record(dataset, index)
        case _:
            return dataset.read(index).instruction


def _from_record(dataset: RldsDataset, index: int) -> str:
    row = dataset.episodes_E[index]
    path = dataset.paths[row['shard']]
    record = map_file(path)[row['offset'] : row['offset'] + row['num_bytes']]
    key = dataset.transform.instruction
    source = f'{path}, episode {row["record"]}'
    stored = StoredEpisode.parse(record, (key,), num_steps=int(row['num_steps']), source=source)
    return stored.instruction(key)
