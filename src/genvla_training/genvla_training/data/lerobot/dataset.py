# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Robot demonstrations in LeRobot's layout: v3.0, and v2.0 and v2.1, which most of the Hub uses.

Shape suffixes: E episodes, T steps of an episode, A numbers of an action, S of a state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_CONVENTION, ACTION_DIM
from genvla_policy.images.resize import resize_image
from genvla_training.data.encoded_frames import EncodedFrames
from genvla_training.data.episode import (
    BadData,
    Episode,
    Image,
    RobotDataset,
    shared_aspect_ratio,
)
from genvla_training.data.lerobot.columns import numbers
from genvla_training.data.lerobot.episode_rows import EpisodeRows, Rows
from genvla_training.data.lerobot.info import Info
from genvla_training.data.lerobot.layout import ACTION, CONTINUATION, EXECUTED, STATE
from genvla_training.data.lerobot.pictures import picture_rows, read_video
from genvla_training.data.picture_bytes import encode_picture

ActionTransform = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
"""Converts a robot's own (T, A) actions and (T, S) states to our (T, 7) actions.

Must be a module-level function, so that the data set can be pickled.
"""

_JOINT_WORDS = ('joint', 'waist', 'shoulder', 'elbow', 'forearm', 'wrist')
"""Words that mark joint actions: an arm with six joints and a gripper also has seven numbers."""


def open_lerobot(
    folder: Path | str,
    *,
    cameras: Sequence[str] = (),
    image_size: int | None = None,
    resize: str = 'area',
    name: str | None = None,
    action_transform: ActionTransform | None = None,
    with_states: bool = False,
) -> RobotDataset:
    """Open a LeRobotDataset folder; only the files in meta/ are read at this point.

    Args:
        folder: The data set's folder.
        cameras: Feature keys of the cameras to read, such as observation.images.image_0; empty for
            the first one by name.
        image_size: Side of the squares to resize pictures to [px]; None to keep their size.
        resize: Filter; see genvla_policy.images.resize.
        name: Its key in dataset_statistics.json; None for the folder's name.
        action_transform: Conversion for a robot whose actions differ from ours. Without it, the
            action column must hold the seven numbers of Episode.actions_TA. The data does not show
            whether their units and order are ours, so check the description of the features.
            Actions whose names are those of joints are rejected.
        with_states: Also read the states of the episodes.

    Raises:
        BadData: meta/ is missing or damaged, or a camera does not exist. Without
            `action_transform`: actions are not seven numbers, or are joint positions. With
            `with_states`: there are no states.
    """
    folder = Path(folder)
    info = Info.read(folder)
    keys = info.choose_cameras(cameras)
    spec = info.features.get(ACTION)
    if spec is None:
        raise BadData(f'{info.path}: no feature {ACTION!r}; available: {sorted(info.features)}')
    shape, names = spec.get('shape'), spec.get('names')
    what = f'{info.path}: {ACTION} has shape {shape} and names {names!r}'
    expected = (
        f'expected [{ACTION_DIM}]: {ACTION_CONVENTION}; set action_transform to a function that '
        'converts them'
    )
    if action_transform is None and shape != [ACTION_DIM]:
        raise BadData(f'{what}, {expected}')
    if action_transform is None and any(map(_is_joint, _texts(names))):
        raise BadData(f'{what}, which are joint positions; {expected}')
    if with_states and STATE not in info.features:
        raise BadData(f'{info.path}: no feature {STATE!r}; available: {sorted(info.features)}')
    return LeRobotDataset(
        rows=Rows.open(folder, info, keys),
        cameras=keys,
        image_size=image_size,
        resize=resize,
        name=name or folder.resolve().name,
        action_transform=action_transform,
        with_states=with_states,
    )


@dataclass(frozen=True, eq=False)
class LeRobotDataset:
    """A data set opened by open_lerobot(); it keeps no file open and no episode in memory.

    Attributes:
        rows: Reads rows of the parquet files.
        cameras: Feature keys of the cameras.
        image_size: As in open_lerobot().
        resize: As in open_lerobot().
        name: Its key in dataset_statistics.json.
        action_transform: As in open_lerobot().
        with_states: As in open_lerobot().
    """

    rows: Rows
    cameras: tuple[str, ...]
    image_size: int | None
    resize: str
    name: str
    action_transform: ActionTransform | None
    with_states: bool

    @property
    def control_rate_hz(self) -> float:
        """Steps per second [Hz]."""
        return self.rows.info.fps

    @property
    def aspect_ratio(self) -> float:
        """Width over height of the camera pictures; 0: unknown, or the cameras differ."""
        return shared_aspect_ratio(map(self.rows.info.aspect_ratio, self.cameras))

    @property
    def lengths_E(self) -> NDArray[np.int64]:
        """Steps of each episode."""
        return self.rows.index.lengths_E

    def read(self, index: int) -> Episode:
        """Read one episode, whose pictures stay encoded until a frame is accessed.

        Pictures in parquet rows stay as they are in the file. Video frames are decoded and resized
        once, then encoded as JPEG. This loses far less than the video compression did.
        """
        in_rows = [key for key in self.cameras if self.rows.info.dtype(key) == 'image']
        extra = [key for key in (EXECUTED, CONTINUATION) if key in self.rows.info.features]
        rows = self.rows.read(index, [*self._columns(), *extra, 'timestamp', *in_rows])
        actions_TA = self._actions(rows)
        pictures = [self._pictures(index, key, rows) for key in self.cameras]
        frames = EncodedFrames(
            list(zip(*pictures, strict=True)),
            range(len(actions_TA)),
            self.image_size,
            self.resize,
            rows.source,
        )
        states_TS = _finite_states(rows) if self.with_states else None
        found = {key: _finite_actions(rows, key) for key in extra}
        return Episode(
            rows.source,
            rows.task,
            actions_TA,
            frames,
            states_TS,
            executed_TA=None if EXECUTED not in found else found[EXECUTED][:, 0],
            continuations_THA=found.get(CONTINUATION),
        )

    def instruction(self, index: int) -> str:
        """Return the instruction of one episode."""
        return self.rows.read(index, []).task

    def actions(self, index: int) -> NDArray[np.float64]:
        """Return the (T, 7) actions of one episode, without its pictures."""
        return self._actions(self.rows.read(index, self._columns()))

    def states(self, index: int) -> NDArray[np.float64]:
        """Return the (T, S) states of one episode, without its pictures."""
        return _finite_states(self.rows.read(index, [STATE]))

    def _actions(self, rows: EpisodeRows) -> NDArray[np.float64]:
        actions_TA = _float_rows(rows, ACTION)
        if self.action_transform is not None:
            has_states = STATE in rows.table.column_names
            states_TS = _float_rows(rows, STATE) if has_states else np.zeros((len(actions_TA), 0))
            actions_TA = np.asarray(self.action_transform(actions_TA, states_TS), dtype=np.float64)
        _check_actions(actions_TA, len(rows.table), rows.source)
        return actions_TA

    def _columns(self) -> list[str]:
        has_states = self.action_transform is not None and STATE in self.rows.info.features
        return [ACTION, STATE] if has_states or self.with_states else [ACTION]

    def _pictures(self, index: int, key: str, rows: EpisodeRows) -> list[bytes]:
        source = f'{rows.source}, {key}'
        if self.rows.info.dtype(key) == 'image':
            return picture_rows(rows.table.column(key), source=source)
        part = self.rows.index.video(index, key)
        times_T = part.start_s + _float_rows(rows, 'timestamp')[:, 0]
        if not (np.diff(times_T) > 0).all() or not np.isfinite(times_T).all():
            raise BadData(f'{source}: timestamps do not increase; exclude the episode')
        period_s = 1 / self.rows.info.fps
        convert = partial(_encoded, size=self.image_size, resize=self.resize)
        return read_video(part.path, times_T, period_s=period_s, source=source, convert=convert)


def _texts(names: object) -> Iterator[str]:
    """Yield the names of a feature from a list, a list of lists, or lists by kind."""
    if isinstance(names, str):
        yield names
    elif isinstance(names, Mapping):
        yield from _texts(list(names.values()))
    elif isinstance(names, list):
        for inner in names:
            yield from _texts(inner)


def _is_joint(name: str) -> bool:
    return any(word in name.lower() for word in _JOINT_WORDS)


def _check_actions(actions_TA: NDArray[np.float64], length: int, source: str) -> None:
    if actions_TA.shape != (length, ACTION_DIM):
        raise BadData(
            f'{source}: actions have shape {actions_TA.shape}, expected {(length, ACTION_DIM)}: '
            f'{ACTION_CONVENTION}'
        )
    broken = np.flatnonzero(~np.isfinite(actions_TA).all(axis=1))
    if broken.size:
        raise BadData(
            f'{source}: the action of step {broken[0]} is {actions_TA[broken[0]].tolist()}; '
            f'{broken.size} steps are not finite. Exclude the episode'
        )


def _finite_states(rows: EpisodeRows) -> NDArray[np.float64]:
    states_TS = _float_rows(rows, STATE)
    if not np.isfinite(states_TS).all():
        raise BadData(
            f'{rows.source}: {STATE} contains values that are not finite; exclude the episode'
        )
    return states_TS


def _finite_actions(rows: EpisodeRows, key: str) -> NDArray[np.float64]:
    """Return a feature that holds one or more actions per step, as (T, H, 7)."""
    values_TN = _float_rows(rows, key)
    if values_TN.shape[1] % ACTION_DIM or not np.isfinite(values_TN).all():
        raise BadData(
            f'{rows.source}: {key} has shape {values_TN.shape}, expected {ACTION_DIM} finite '
            'numbers per action; exclude the episode'
        )
    return values_TN.reshape(len(values_TN), -1, ACTION_DIM)


def _float_rows(rows: EpisodeRows, name: str) -> NDArray[np.float64]:
    values = numbers(rows.table, name, rows.source)
    return values.astype(np.float64).reshape(len(values), -1)


def _encoded(image: Image, *, size: int | None, resize: str) -> bytes:
    return encode_picture(image if size is None else resize_image(image, size, resize))
