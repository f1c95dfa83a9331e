# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Survey a robot data set: all actions and instructions, and the pictures of a few episodes.

Shape suffixes: E episodes, T steps of an episode, A action dimensions, S steps shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from genvla_training.data.episode import BadData, Image, RobotDataset

STRIP_LENGTH = 6


@dataclass(frozen=True, eq=False)
class EpisodeSample:
    """An episode to show.

    Attributes:
        number: Number of the episode in the data set.
        instruction: Instruction to the robot.
        actions_TA: (T, 7), as Episode.actions_TA.
        steps: S evenly spread steps.
        frames: Pictures of these steps, one per camera.
    """

    number: int
    instruction: str
    actions_TA: NDArray[np.float64]
    steps: Sequence[int]
    frames: Sequence[tuple[Image, ...]]


@dataclass(frozen=True, eq=False)
class RobotSurvey:
    """Results of a survey.

    Attributes:
        name: Name of the data set.
        control_rate_hz: Steps per second [Hz].
        lengths_E: Steps of each episode.
        actions: (T, 7) actions of the readable episodes, by number.
        tasks: Number of episodes with each instruction.
        samples: A few episodes, drawn at random.
        broken: Why an episode cannot be trained on, by number.
    """

    name: str
    control_rate_hz: float
    lengths_E: NDArray[np.int64]
    actions: Mapping[int, NDArray[np.float64]]
    tasks: Counter[str]
    samples: Sequence[EpisodeSample]
    broken: Mapping[int, str]


def survey_robot(dataset: RobotDataset, *, num_samples: int, seed: int) -> RobotSurvey:
    """Read the whole data set without pictures, and a few episodes with pictures.

    Args:
        dataset: The demonstrations.
        num_samples: Maximum number of episodes to draw.
        seed: Random seed for the choice.
    """
    count = len(dataset.lengths_E)
    actions: dict[int, NDArray[np.float64]] = {}
    tasks: Counter[str] = Counter()
    broken: dict[int, str] = {}
    for number in tqdm(range(count), desc=f'actions of {dataset.name}', unit='episode', delay=3.0):
        try:
            actions_TA = dataset.actions(number)
            tasks[dataset.instruction(number)] += 1
            actions[number] = actions_TA
        except BadData as error:
            broken[number] = str(error)
    drawn = np.random.default_rng(seed).permutation(sorted(actions))[:num_samples]
    samples = []
    for number in tqdm(sorted(drawn.tolist()), desc='pictures', unit='episode', delay=3.0):
        try:
            samples.append(_read_sample(dataset, number))
        except BadData as error:
            broken[number] = str(error)
    return RobotSurvey(
        name=dataset.name,
        control_rate_hz=dataset.control_rate_hz,
        lengths_E=dataset.lengths_E,
        actions=actions,
        tasks=tasks,
        samples=samples,
        broken=dict(sorted(broken.items())),
    )


def _read_sample(dataset: RobotDataset, number: int) -> EpisodeSample:
    episode = dataset.read(number)
    last = len(episode.actions_TA) - 1
    steps = np.unique(np.linspace(0, last, STRIP_LENGTH).round().astype(int)).tolist()
    frames = [episode.frames[step] for step in steps]  # decodes now, so may raise BadData
    return EpisodeSample(number, episode.instruction, episode.actions_TA, steps, frames)
