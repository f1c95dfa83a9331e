# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The checked contents of a LeRobotDataset's info.json.

Source: lerobot 0.4.4, datasets/utils.py; for v2.x, its backward_compatibility.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

from genvla_training.data.episode import BadData
from genvla_training.data.lerobot.layout import INFO

VERSIONS = ('v2.0', 'v2.1', 'v3.0')


@dataclass(frozen=True)
class Info:
    """The entries of info.json that readers need.

    Attributes:
        path: Path of the file.
        version: One of VERSIONS.
        fps: Steps per second [Hz].
        features: dtype, shape and names of every column, by key.
        num_episodes: Expected number of episodes.
        data_path: Path template of the parquet files.
        video_path: Path template of the videos; empty if there are none.
        chunk_episodes: Episodes per chunk folder, for v2.x.
        robot_type: Type of the robot; empty if it is not given.
    """

    path: Path
    version: str
    fps: float
    features: Mapping[str, Mapping[str, Any]]
    num_episodes: int
    data_path: str
    video_path: str
    chunk_episodes: int
    robot_type: str

    @classmethod
    def read(cls, folder: Path) -> Info:
        """Read info.json from a data set's folder.

        Raises:
            BadData: The file is missing, is not JSON, has an unknown version, lacks an entry, or
                has an fps or chunks_size that is not positive.
        """
        path = folder / INFO
        if not path.is_file():
            raise BadData(f'{path} is missing; expected a LeRobotDataset folder with meta/')
        try:
            info = json.loads(path.read_text(encoding='utf-8'))
            version = info['codebase_version']
            if version not in VERSIONS:
                raise BadData(
                    f'{path}: codebase_version is {version!r}, supported: {list(VERSIONS)}; '
                    "convert it with lerobot's own scripts"
                )
            found = cls(
                path=path,
                version=version,
                fps=float(info['fps']),
                features={str(key): dict(spec) for key, spec in info['features'].items()},
                num_episodes=int(info['total_episodes']),
                data_path=str(info['data_path']),
                video_path=str(info.get('video_path') or ''),
                chunk_episodes=int(info['chunks_size']),
                robot_type=str(info.get('robot_type') or ''),
            )
        except BadData:
            raise
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadData(f'{path} is not the info.json of a LeRobotDataset: {error!r}') from error
        if not (0 < found.fps < float('inf') and found.chunk_episodes > 0):
            raise BadData(
                f'{path}: fps is {found.fps} and chunks_size {found.chunk_episodes}; both must '
                'be positive'
            )
        return found

    def dtype(self, key: str) -> str:
        """Return the dtype of a feature; empty if there is no such feature."""
        return str(self.features.get(key, {}).get('dtype', ''))

    def keys(self, *dtypes: str) -> list[str]:
        """Return the features of the given dtypes, in the order of the file."""
        return [key for key in self.features if self.dtype(key) in dtypes]

    def aspect_ratio(self, key: str) -> float:
        """Return width over height of a camera's pictures; 0 if info.json does not give it."""
        shape = list(self.features[key].get('shape') or ())
        names = list(self.features[key].get('names') or ())
        if {'height', 'width'} <= set(names) and len(names) == len(shape):
            height, width = shape[names.index('height')], shape[names.index('width')]
        elif len(shape) == 3:
            height, width = shape[1:] if shape[0] in (1, 3) else shape[:2]
        else:
            return 0.0
        return float(width / height) if height else 0.0

    def choose_cameras(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """Return the keys of the cameras to read; by default the first one by name.

        Raises:
            BadData: A camera does not exist, or there are none. Depth maps do not count.
        """
        available = sorted(
            key for key in self.keys('video', 'image') if not _is_depth(self.features[key])
        )
        absent = [key for key in wanted if key not in available]
        if absent or not available:
            raise BadData(f'{self.path}: no camera {absent}; available: {available}')
        return tuple(wanted) or (available[0],)


def _is_depth(spec: Mapping[str, Any]) -> bool:
    more = spec.get('info') or spec.get('video_info') or {}
    return bool(more.get('is_depth_map') or more.get('video.is_depth_map'))
