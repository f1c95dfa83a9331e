# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Open the data sets of a run, split off held-out data, and compute the action bounds."""

from __future__ import annotations

from collections.abc import Sequence
import logging
from typing import Any

import numpy as np
from tqdm import tqdm

from genvla_command.named_function import named_function
from genvla_policy.checkpoint.trained_on import INSTRUCTIONS, told
from genvla_training.data.action_statistics import (
    BadActions,
    action_statistics,
    number_statistics,
)
from genvla_training.data.conversation import VisionLanguageDataset
from genvla_training.data.episode import BadData, RobotDataset
from genvla_training.data.hf_parquet import open_hf_parquet
from genvla_training.data.lerobot import ActionTransform, open_lerobot
from genvla_training.data.llava_json import open_llava_json
from genvla_training.data.rlds import open_rlds
from genvla_training.run.config import RobotData, VisionLanguageData

_LOG = logging.getLogger(__name__)

_MOST_READ = 20_000
"""Maximum number of episodes whose instructions are read."""
_GRIPPER_NOT_NORMALISED = [True] * 6 + [False]


def open_robot(
    data: RobotData,
    *,
    image_size: int | None,
    resize: str = 'area',
    with_states: bool = False,
) -> RobotDataset:
    """Open a robot data set.

    Args:
        data: Options of the data set.
        image_size: Side of the squares to resize pictures to [px]; None to keep their size.
        resize: Filter; see genvla_policy.images.resize.
        with_states: Also read the states of the episodes.

    Raises:
        BadData: The data set cannot be read, or has options of another format.
    """
    if data.format == 'rlds':
        if data.cameras:
            raise BadData(
                f'{data.path}: cameras can only be chosen for lerobot; for rlds, the transform '
                'chooses them'
            )
        return open_rlds(
            data.path,
            name=data.name or None,
            transform=data.transform,
            image_size=image_size,
            resize=resize,
            with_states=with_states,
        )
    return open_lerobot(
        data.path,
        cameras=data.cameras,
        image_size=image_size,
        resize=resize,
        name=data.name or None,
        action_transform=_imported(data.transform) if data.transform else None,
        with_states=with_states,
    )


def _imported(transform: str) -> ActionTransform:
    """Return a module-level function, so that worker processes can also import it."""
    try:
        return named_function(transform)
    except ValueError as error:
        raise BadData(f'transform {error}') from error


def open_vision_language(data: VisionLanguageData) -> VisionLanguageDataset:
    """Open a vision-language data set.

    Raises:
        BadData: The data set cannot be read, or has options of another format.
    """
    if data.format == 'parquet':
        if data.image_folder is not None:
            raise BadData(
                f'{data.path}: image_folder is only for llava; parquet files contain their images'
            )
        return open_hf_parquet(data.path, name=data.name or None, split=data.split)
    if data.split:
        raise BadData(
            f'{data.path}: split is only for parquet; for llava, set the path to the file of the '
            'split'
        )
    return open_llava_json(data.path, image_folder=data.image_folder, name=data.name or None)


def split(count: int, held_out_share: float, *, seed: int) -> tuple[Any, Any]:
    """Return the training and held-out indices; each has at least one if there are two.

    Without a held-out share, nothing is held out.

    Raises:
        BadData: The data set is empty.
    """
    if not count:
        raise BadData('the data set is empty')
    order = np.random.default_rng((seed, 4)).permutation(count)
    num_held_out = min(max(1, round(count * held_out_share)), count - 1)
    if not held_out_share:
        num_held_out = 0
    return np.sort(order[num_held_out:]), np.sort(order[:num_held_out])


def robot_statistics(
    datasets: Sequence[RobotDataset],
    *,
    allow_still: Sequence[bool],
    skip_bad: bool,
    with_states: bool = False,
) -> dict[str, Any]:
    """Return dataset_statistics.json: action bounds and instructions of every robot data set.

    Reads all actions and no pictures, and shows progress.

    Args:
        datasets: The data sets.
        allow_still: For each data set, whether action dimensions may never move.
        skip_bad: Skip and log episodes that cannot be read.
        with_states: Add the bounds of the states.

    Raises:
        BadData: An episode cannot be read and `skip_bad` is off, a dimension never moves, two data
            sets have the same name, or their states differ in length.
    """
    statistics: dict[str, Any] = {}
    for dataset, may_be_still in zip(datasets, allow_still, strict=True):
        if dataset.name in statistics:
            raise BadData(
                f'two robot data sets are called {dataset.name!r}; set the `name` of one'
            )
        episodes, states, instructions = [], [], list[str]()
        indices = range(len(dataset.lengths_E))
        for index in tqdm(indices, desc=f'actions of {dataset.name}', unit='episode', delay=3.0):
            try:
                actions_TA = dataset.actions(index)
                told_here = [dataset.instruction(index)] if index < _MOST_READ else []
                states_here = [dataset.states(index)] if with_states else []
            except BadData as error:
                if not skip_bad:
                    raise
                _LOG.warning('not counted in the action bounds: %s', error)
                continue
            episodes.append(actions_TA)
            instructions += told_here
            states += states_here
        try:
            statistics[dataset.name] = action_statistics(
                episodes, mask=_GRIPPER_NOT_NORMALISED, allow_still=may_be_still
            )
        except BadActions as error:
            raise BadData(f'{dataset.name}: {error}') from error
        statistics[dataset.name][INSTRUCTIONS] = told(instructions)
        if with_states:
            statistics[dataset.name]['proprio'] = number_statistics(states)
    widths = {
        name: len(each['proprio']['q01']) for name, each in statistics.items() if with_states
    }
    if len(set(widths.values())) > 1:
        raise BadData(f'states differ in length: {widths}; train without model.proprio')
    return statistics
