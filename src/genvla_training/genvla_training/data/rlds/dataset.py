# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Robot demonstrations in RLDS: one tf.Example per episode, in TFRecord files.

Shape suffixes: E episodes, T steps that are kept, A numbers of an action.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_DIM
from genvla_training.data.encoded_frames import EncodedFrames
from genvla_training.data.episode import BadData, Episode, RobotDataset, shared_aspect_ratio
from genvla_training.data.rlds.episode_index import INDEX_FOLDER, index_episodes
from genvla_training.data.rlds.stored_episode import StoredEpisode
from genvla_training.data.rlds.tfds_folder import TfdsFolder
from genvla_training.data.rlds.tfrecord import RecordSpan, map_file, read_record
from genvla_training.data.rlds.transforms import TRANSFORMS, RldsTransform

_log = logging.getLogger(__name__)


def open_rlds(
    folder: Path | str,
    *,
    name: str | None = None,
    transform: str = '',
    split: str = 'train',
    image_size: int | None = None,
    resize: str = 'area',
    index_dir: Path | None = None,
    with_states: bool = False,
) -> RobotDataset:
    """Open a TFDS folder with RLDS episodes and index their positions in its files.

    Indexing reads a small part of each record once. The index is cached and reused until the files
    change. Episodes of which the transform keeps no step are skipped, and, if the transform
    demands it, so are episodes without an instruction. The log gives their number.

    Args:
        folder: <name>/<version>, or <name> if it has one version.
        name: Its key in dataset_statistics.json; None for the name of the folder if there is a
            transform for it, else the name in dataset_info.json.
        transform: Key in TRANSFORMS of the conversion to our episodes. Empty: `name` if it is a
            key, else the name that None would give.
        split: Name of the split.
        image_size: Side of the squares to resize pictures to [px]; None to keep their size.
        resize: Filter; see genvla_policy.images.resize.
        index_dir: Folder for the index; None for a folder beside the files.
        with_states: Also read the states of the episodes.

    Raises:
        BadData: A file is missing or damaged, the split or transform does not exist, or a feature
            that the transform needs is missing.
    """
    tfds = TfdsFolder.read(Path(folder))
    key = transform or (name if name in TRANSFORMS else _own_name(tfds))
    if key not in TRANSFORMS:
        raise BadData(
            f'{tfds.path}: no transform for RLDS data set {key!r}; available: '
            f'{sorted(TRANSFORMS)}. Set `transform` to one of them, or add one to '
            'genvla_training.data.rlds.TRANSFORMS'
        )
    chosen = TRANSFORMS[key]
    if with_states and not chosen.states:
        raise BadData(
            f'{tfds.path}: the transform {key!r} has no `states`; add the features of the state '
            'to it'
        )
    states = chosen.states if with_states else ()
    tfds.require((*chosen.cameras, chosen.instruction, *chosen.numbers, *states))
    shards = tfds.shards(split)
    episodes_E = index_episodes(
        shards, instruction=chosen.instruction, index_dir=index_dir or tfds.path / INDEX_FOLDER
    )
    return RldsDataset(
        name=name or _own_name(tfds),
        transform=chosen,
        paths=tuple(shard.path for shard in shards),
        shapes={key: tfds.shapes[key] for key in (*chosen.numbers, *chosen.cameras, *states)},
        episodes_E=_usable(episodes_E, chosen, tfds.path),
        image_size=image_size,
        resize=resize,
        with_states=with_states,
    )


@dataclass(frozen=True, eq=False)
class RldsDataset:
    """A data set opened by open_rlds(); it keeps no file open and no episode in memory.

    Attributes:
        name: Its key in dataset_statistics.json.
        transform: Conversion to our episodes.
        paths: The shards.
        shapes: Per-step shape of each feature that is read, except the instruction.
        episodes_E: Index of the episodes; rows of dtype episode_index.EPISODE.
        image_size: As in open_rlds().
        resize: As in open_rlds().
        with_states: As in open_rlds().
    """

    name: str
    transform: RldsTransform
    paths: tuple[Path, ...]
    shapes: Mapping[str, tuple[int, ...]]
    episodes_E: NDArray[np.void]
    image_size: int | None
    resize: str
    with_states: bool

    @property
    def control_rate_hz(self) -> float:
        """Steps per second [Hz]."""
        return self.transform.control_rate_hz

    @property
    def aspect_ratio(self) -> float:
        """Width over height of the camera pictures; 0: unknown, or the cameras differ."""
        if self.transform.aspect_ratio:
            return self.transform.aspect_ratio
        sizes = [self.shapes[camera][:2] for camera in self.transform.cameras]
        if any(len(size) < 2 or min(size) < 1 for size in sizes):
            return 0.0
        return shared_aspect_ratio(width / height for height, width in sizes)

    @property
    def lengths_E(self) -> NDArray[np.int64]:
        """Number of kept steps of each episode."""
        return _kept_steps(self.episodes_E, self.transform)

    def read(self, index: int) -> Episode:
        """Read one episode, whose pictures stay encoded until a frame is accessed."""
        path, span, source = self._place(index)
        transform = self.transform
        states = transform.states if self.with_states else ()
        keys = (*transform.cameras, transform.instruction, *transform.numbers, *states)
        stored = self._stored(read_record(path, span, source=source), keys, index)
        instruction = stored.instruction(transform.instruction)
        actions_TA = self._actions(stored)
        cameras = [stored.texts(camera) for camera in transform.cameras]
        kept = range(transform.drop_first, stored.num_steps - transform.drop_last)
        encoded = [tuple(camera[step] for camera in cameras) for step in kept]
        frames = EncodedFrames(encoded, kept, self.image_size, self.resize, source)
        states_TS = self._states(stored) if self.with_states else None
        return Episode(source, instruction, actions_TA, frames, states_TS)

    def instruction(self, index: int) -> str:
        """Return the instruction of one episode; like actions(), skips the checksum."""
        key = self.transform.instruction
        return self._stored(self._mapped(index), (key,), index).instruction(key)

    def actions(self, index: int) -> NDArray[np.float64]:
        """Return the (T, 7) actions of one episode without reading the pictures from the file.

        The checksum also covers the pictures, so only read() verifies it.
        """
        return self._actions(self._stored(self._mapped(index), self.transform.numbers, index))

    def states(self, index: int) -> NDArray[np.float64]:
        """Return the (T, S) states of one episode; like actions(), skips the checksum."""
        return self._states(self._stored(self._mapped(index), self.transform.states, index))

    def _place(self, index: int) -> tuple[Path, RecordSpan, str]:
        row = self.episodes_E[index]
        path = self.paths[row['shard']]
        span = RecordSpan(int(row['offset']), int(row['num_bytes']))
        return path, span, f'{path}, episode {row["record"]}'

    def _mapped(self, index: int) -> memoryview:
        path, span, _ = self._place(index)
        return map_file(path)[span.offset : span.offset + span.num_bytes]

    def _stored(
        self, record: bytes | memoryview, keys: tuple[str, ...], index: int
    ) -> StoredEpisode:
        num_steps = int(self.episodes_E[index]['num_steps'])
        source = self._place(index)[2]
        return StoredEpisode.parse(record, keys, num_steps=num_steps, source=source)

    def _states(self, stored: StoredEpisode) -> NDArray[np.float64]:
        features = (stored.numbers(key, self.shapes[key]) for key in self.transform.states)
        states_NS = np.column_stack(
            [feature.reshape(stored.num_steps, -1) for feature in features]
        )
        last = stored.num_steps - self.transform.drop_last
        return states_NS[self.transform.drop_first : last].astype(np.float64)

    def _actions(self, stored: StoredEpisode) -> NDArray[np.float64]:
        numbers = {key: stored.numbers(key, self.shapes[key]) for key in self.transform.numbers}
        actions_TA = np.asarray(self.transform.make_actions(numbers), dtype=np.float64)
        kept_steps = stored.num_steps - self.transform.drop_first - self.transform.drop_last
        if actions_TA.shape != (kept_steps, ACTION_DIM) or not np.isfinite(actions_TA).all():
            raise BadData(
                f'{stored.source}: make_actions of the transform {self.name!r} returned shape '
                f'{actions_TA.shape} with {np.isfinite(actions_TA).sum()} finite numbers; '
                f'expected {(kept_steps, ACTION_DIM)} finite ones: fix the transform'
            )
        return actions_TA


def _own_name(tfds: TfdsFolder) -> str:
    path = tfds.path.resolve()
    return next((part for part in (path.name, path.parent.name) if part in TRANSFORMS), tfds.name)


def _kept_steps(episodes_E: NDArray[np.void], transform: RldsTransform) -> NDArray[np.int64]:
    kept_E = episodes_E['num_steps'] - (transform.drop_first + transform.drop_last)
    return np.asarray(np.maximum(kept_E, 0), dtype=np.int64)


def _usable(
    episodes_E: NDArray[np.void], transform: RldsTransform, folder: Path
) -> NDArray[np.void]:
    empty_E = _kept_steps(episodes_E, transform) == 0
    unlabelled_E = ~episodes_E['labelled'] & ~empty_E
    if not transform.leave_out_unlabelled:
        unlabelled_E[:] = False
    left_out_E = empty_E | unlabelled_E
    if left_out_E.any():
        _log.warning(
            '%s: %d of %d episodes skipped: %d without an instruction, %d with too few steps',
            *(folder, left_out_E.sum(), len(episodes_E), unlabelled_E.sum(), empty_E.sum()),
        )
    return np.asarray(episodes_E[~left_out_E])
