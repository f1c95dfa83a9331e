# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Paths and size limits of the files of a LeRobotDataset v3.0.

Source: lerobot 0.4.4, datasets/utils.py (the DEFAULT_ names and update_chunk_file_indices).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

VERSION = 'v3.0'
INFO = Path('meta/info.json')
STATISTICS = Path('meta/stats.json')
TASKS = Path('meta/tasks.parquet')
EPISODES = Path('meta/episodes')

ACTION = 'action'
STATE = 'observation.state'
EXECUTED, CONTINUATION = 'action.executed', 'action.continuation'
"""The actions that were executed instead, and the next H actions of each step; optional, ours."""
CAMERA_PREFIX = 'observation.images.'

EPISODES_PATH = 'meta/episodes/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet'
DATA_PATH = 'data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet'
VIDEO_PATH = 'videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4'

_MEGABYTE = 1024**2


@dataclass(frozen=True)
class FileSizes:
    """Thresholds for starting a new file.

    An episode is never split: a file is closed after the episode that fills it.

    Attributes:
        data_mb: Size of a parquet file [MiB].
        video_mb: Size of a video file [MiB].
        chunk_files: Number of files in a chunk-* folder.
    """

    data_mb: float = 100
    video_mb: float = 200
    chunk_files: int = 1000

    def __post_init__(self) -> None:
        if not (self.data_mb > 0 and self.video_mb > 0 and self.chunk_files > 0):
            raise ValueError(f'file sizes must be positive, got {self}')

    @property
    def data_bytes(self) -> float:
        """Size of a parquet file [bytes]."""
        return self.data_mb * _MEGABYTE

    @property
    def video_bytes(self) -> float:
        """Size of a video file [bytes]."""
        return self.video_mb * _MEGABYTE


@dataclass(frozen=True)
class FileNumber:
    """The number of a file: its chunk folder and its position in that folder."""

    chunk: int = 0
    file: int = 0

    def next(self, chunk_files: int) -> FileNumber:
        """Return the number of the next file."""
        if self.file + 1 < chunk_files:
            return FileNumber(self.chunk, self.file + 1)
        return FileNumber(self.chunk + 1, 0)

    def path(self, template: str, video_key: str = '') -> Path:
        """Fill in a path template of info.json; the result is relative to the folder."""
        return Path(
            template.format(chunk_index=self.chunk, file_index=self.file, video_key=video_key)
        )
