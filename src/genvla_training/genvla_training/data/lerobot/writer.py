# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Write demonstrations as a LeRobotDataset v3.0, one episode at a time.

Shape suffixes: T steps of an episode, A numbers of an action, S of a state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
import pyarrow as pa

from genvla_command.whole_folder import check_free, whole_folder
from genvla_training.data.episode import BadData, Image
from genvla_training.data.lerobot.layout import ACTION, CAMERA_PREFIX, STATE, FileSizes
from genvla_training.data.lerobot.statistics import PictureStatistics
from genvla_training.data.lerobot.tables import NUMBERING, TableWriter
from genvla_training.data.lerobot.video_writer import (
    CODEC,
    PIXEL_FORMAT,
    VideoFormat,
    VideoPlace,
    VideoWriter,
)


class LeRobotWriter:
    """A data set folder being written, for a with statement.

    The folder appears complete when the with statement ends. If it ends with an exception or the
    process is killed, nothing appears, and an existing folder stays in place. If losing the
    episodes would be costly, end the with statement at intervals and merge() the parts. Only the
    pictures being encoded are in memory.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        fps: int,
        robot_type: str,
        cameras: Mapping[str, tuple[int, int]],
        state_names: Sequence[str],
        action_names: Sequence[str],
        extra_names: Mapping[str, Sequence[str]] = MappingProxyType({}),
        crf: int = 18,
        sizes: FileSizes | None = None,
        replace: bool = False,
    ) -> None:
        """Define the contents of every episode; the with statement creates the folder.

        Args:
            folder: The folder to write.
            fps: Steps per second [Hz].
            robot_type: Type of the robot.
            cameras: (height, width) of the pictures [px], even, by camera name. The feature key of
                a camera is observation.images.NAME.
            state_names: Names of the numbers of a state.
            action_names: Names of the numbers of an action.
            extra_names: Names of the numbers of other per-step features, by feature key.
            crf: Quality of the videos: 0 is lossless, 51 the worst.
            sizes: Thresholds for starting a new file.
            replace: Whether the complete new folder replaces an existing one.

        Raises:
            ValueError: Names are missing or repeated, fps is not positive, or a size is odd.
            FileExistsError: The folder exists and `replace` is false.
        """
        if fps < 1:
            raise ValueError(f'fps must be positive, got {fps}')
        for names in (state_names, action_names, *extra_names.values()):
            if not names or len(set(names)) < len(names):
                raise ValueError(f'names must be present and unique, got {list(names)}')
        self._folder = Path(folder)
        if not replace:
            check_free(self._folder)
        self._fps = fps
        self._robot_type = robot_type
        self._names = {
            key: list(names)
            for key, names in ((STATE, state_names), (ACTION, action_names), *extra_names.items())
        }
        self._formats = {
            f'{CAMERA_PREFIX}{name}': VideoFormat(fps, height, width, crf)
            for name, (height, width) in cameras.items()
        }
        self._sizes = sizes or FileSizes()
        self._opened = ExitStack()
        self._videos: dict[str, VideoWriter] = {}
        self._tables: TableWriter
        self._unfinished: Path

    def __enter__(self) -> LeRobotWriter:
        with ExitStack() as opened:
            folder = self._unfinished = opened.enter_context(whole_folder(self._folder))
            self._tables = TableWriter(
                folder,
                fps=self._fps,
                robot_type=self._robot_type,
                features=self._features(),
                sizes=self._sizes,
            )
            opened.push(self._tables)
            for key, video in self._formats.items():
                self._videos[key] = VideoWriter(folder, key, video, self._sizes)
                opened.callback(self._videos[key].close)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    @property
    def num_episodes(self) -> int:
        """Number of episodes added."""
        return self._tables.num_episodes

    def add_file(self, name: str, text: str) -> None:
        """Add a custom file, such as the sources of the episodes.

        Args:
            name: Path of the file in the data set.
            text: Contents of the file.
        """
        path = self._unfinished / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding='utf-8')

    def add_episode(
        self,
        *,
        frames: Iterable[Sequence[Image]],
        states_TS: ArrayLike,
        actions_TA: ArrayLike,
        task: str,
        extra: Mapping[str, ArrayLike] = MappingProxyType({}),
    ) -> None:
        """Append an episode.

        A rejected episode, or one whose frames raise an exception, is not added; others can
        follow.

        Args:
            frames: T entries with the pictures of each step, one per camera in the order of
                `cameras`. They are consumed one at a time.
            states_TS: (T, S), in the order of state_names; stored as float32.
            actions_TA: (T, A), in the order of action_names; stored as float32.
            task: Instruction to the robot.
            extra: (T, N) for every other feature, by feature key; stored as float32.

        Raises:
            BadData: There are no steps or no task, pictures and numbers differ in length, a
                picture has another size than its camera, or a number is not finite.
        """
        source = f'{self._folder}, episode {self.num_episodes}'
        if not task.strip():
            raise BadData(f"{source}: the task is blank; expected the robot's instruction")
        given = {STATE: states_TS, ACTION: actions_TA, **extra}
        if given.keys() != self._names.keys():
            raise BadData(f'{source}: got values of {list(given)}, expected {list(self._names)}')
        numbers = {key: self._checked(values, key, source) for key, values in given.items()}
        lengths = {key: len(values) for key, values in numbers.items()}
        length = lengths[ACTION]
        if set(lengths.values()) != {length} or not length:
            raise BadData(
                f'{source}: the numbers of steps are {lengths}; expected equal numbers, at least 1'
            )
        statistics = {key: PictureStatistics(length) for key in self._formats}
        places = self._write_videos(frames, statistics, length, source)
        step = np.arange(length, dtype=np.int64)
        columns = {
            **{key: _rows(values) for key, values in numbers.items()},
            'timestamp': pa.array((step / self._fps).astype(np.float32)),
            'frame_index': pa.array(step),
        }
        self._tables.add_episode(
            pa.table(columns),
            task=task.strip(),
            videos=places,
            picture_statistics={key: pictures.result() for key, pictures in statistics.items()},
        )

    def _write_videos(
        self,
        frames: Iterable[Sequence[Image]],
        statistics: Mapping[str, PictureStatistics],
        length: int,
        source: str,
    ) -> dict[str, VideoPlace]:
        for video in self._videos.values():
            video.begin_episode()
        num_frames = 0
        for step, pictures in enumerate(frames):
            self._check_pictures(pictures, f'{source}, step {step}')
            for (key, video), picture in zip(self._videos.items(), pictures, strict=True):
                video.add(picture)
                statistics[key].add(step, picture)
            num_frames += 1
        if num_frames != length:
            raise BadData(f'{source}: {num_frames} frames, but {length} actions')
        return {key: video.end_episode() for key, video in self._videos.items()}

    def _checked(self, values: ArrayLike, key: str, source: str) -> NDArray[np.float32]:
        array = np.asarray(values, dtype=np.float32)
        if array.ndim != 2 or array.shape[1] != len(self._names[key]):
            raise BadData(
                f'{source}: {key} has shape {array.shape}, expected (T, {len(self._names[key])}): '
                f'{self._names[key]}'
            )
        broken = np.flatnonzero(~np.isfinite(array).all(axis=1))
        if broken.size:
            raise BadData(
                f'{source}: {key} of step {broken[0]} is {array[broken[0]].tolist()}, expected '
                'finite numbers'
            )
        return array

    def _check_pictures(self, pictures: Sequence[Image], source: str) -> None:
        expected = [(video.height, video.width, 3) for video in self._formats.values()]
        found = [picture.shape for picture in pictures]
        if found != expected or any(picture.dtype != np.uint8 for picture in pictures):
            raise BadData(
                f'{source}: images are {found} {[str(each.dtype) for each in pictures]}, expected '
                f'uint8 {expected} for {list(self._formats)}'
            )

    def _features(self) -> dict[str, dict[str, Any]]:
        vectors = {
            key: {'dtype': 'float32', 'shape': [len(names)], 'names': names}
            for key, names in self._names.items()
        }
        cameras = {key: _video_feature(video) for key, video in self._formats.items()}
        return vectors | cameras | NUMBERING


def _rows(values_TN: NDArray[np.float32]) -> pa.Array:
    """Return the column in upstream's form: a plain one if there is one number per step."""
    flat = pa.array(values_TN.reshape(-1))
    width = values_TN.shape[1]
    return flat if width == 1 else pa.FixedSizeListArray.from_arrays(flat, width)


def _video_feature(video: VideoFormat) -> dict[str, Any]:
    return {
        'dtype': 'video',
        'shape': [video.height, video.width, 3],
        'names': ['height', 'width', 'channels'],
        'info': {
            'video.height': video.height,
            'video.width': video.width,
            'video.codec': CODEC,
            'video.pix_fmt': PIXEL_FORMAT,
            'video.is_depth_map': False,
            'video.fps': video.fps,
            'video.channels': 3,
            'has_audio': False,
        },
    }
