# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The data of a run: what its batches are drawn from, and what is held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
import json
from typing import Any

from genvla_command.end_effector_action import ACTION_DIM
from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.checkpoint.folder import Checkpoint
from genvla_policy.models.dimensions import DIMENSIONS
from genvla_policy.models.systems import SYSTEMS
from genvla_training.data.conversation import VisionLanguageDataset
from genvla_training.data.conversation_samples import ConversationSampler
from genvla_training.data.episode import BadData, RobotDataset
from genvla_training.data.mixture import Part
from genvla_training.data.robot_samples import RobotSampler
from genvla_training.data.sources import ConversationSource, RobotSource, Source
from genvla_training.run.config import ModelChoice, TrainConfig
from genvla_training.run.data_sets import (
    ConversationSubset,
    RobotSubset,
    open_robot,
    open_vision_language,
    robot_statistics,
    split,
)
from genvla_training.run.start_model import StartModel


@dataclass(frozen=True, eq=False)
class OpenedData:
    """The data sets of a run, before there is a model.

    Attributes:
        robot: Robot data sets, in the order of the configuration.
        vision_language: Vision-language data sets.
        statistics: dataset_statistics.json of the robot data. None: there is none.
    """

    robot: Sequence[RobotDataset]
    vision_language: Sequence[VisionLanguageDataset]
    statistics: Mapping[str, Any] | None

    @property
    def control_rate_hz(self) -> float:
        """Of the robot data; 5 Hz without any [Hz]."""
        return self.robot[0].control_rate_hz if self.robot else 5.0

    @property
    def fingerprints(self) -> dict[str, str]:
        """A hash of each data set, by name.

        Of how long the episodes are and of the statistics of their actions, or of where in their
        files the conversations are.
        """
        known = {
            dataset.name: dataset.lengths_E.tobytes()
            + json.dumps(_rounded((self.statistics or {})[dataset.name])).encode()
            for dataset in self.robot
        } | {dataset.name: dataset.fingerprint for dataset in self.vision_language}
        return {name: sha256(content).hexdigest()[:16] for name, content in known.items()}


@dataclass(frozen=True, eq=False)
class RunData:
    """What a run draws from.

    Attributes:
        parts: Robot data and vision-language data, to be trained on.
        held_out: The same data sets' held-out parts, without augmentation.
        held_out_robot: The robot ones of these.
    """

    parts: Sequence[Part]
    held_out: Sequence[Source]
    held_out_robot: Sequence[RobotSource]

    @property
    def names(self) -> list[str]:
        """Names of all data sets."""
        return [source.name for part in self.parts for source in part.sources]


def open_data(config: TrainConfig) -> OpenedData:
    """Open every data set of a run.

    Raises:
        BadData: One cannot be read, or two have the same name.
        CheckpointMismatch: What the model begins with is no checkpoint.
    """
    image_size = _image_size(config.model)
    has_robot = config.samples_per_stream[0] > 0
    robot = [open_robot(data, image_size=image_size) for data in config.robot if has_robot]
    vision_language = [
        open_vision_language(data)
        for data in config.vision_language
        if config.samples_per_stream[1] > 0
    ]
    names = [dataset.name for dataset in robot] + [dataset.name for dataset in vision_language]
    if len(set(names)) < len(names):
        raise BadData(f'two data sets have the same name: {names}; set the `name` of one')
    statistics = None
    if robot:
        statistics = robot_statistics(
            robot,
            allow_still=[data.allow_still for data in config.robot],
            skip_bad=config.data.skip_bad,
        )
    return OpenedData(robot, vision_language, statistics)


def run_data(config: TrainConfig, opened: OpenedData, start: StartModel) -> RunData:
    """Split every data set, and say how its items become samples of a model."""
    robot, held_out_robot = _robot_sources(config, opened.robot, start)
    conversations, held_out_conversations = _conversation_sources(
        config, opened.vision_language, start
    )
    per_robot, per_conversation = config.samples_per_stream
    parts = [
        Part(robot, [data.weight for data in config.robot][: len(robot)], per_robot),
        Part(conversations, [data.weight for data in config.vision_language], per_conversation),
    ]
    held_out: list[Source] = [*held_out_robot, *held_out_conversations]
    return RunData(
        [part for part in parts if part.per_step],
        [source for source in held_out if _has_items(source)],
        [source for source in held_out_robot if _has_items(source)],
    )


def _robot_sources(
    config: TrainConfig, datasets: Sequence[RobotDataset], start: StartModel
) -> tuple[list[RobotSource], list[RobotSource]]:
    """What is trained on, and what is held out and not augmented."""
    trained, held_out = [], []
    augmentation = replace(
        config.augmentation,
        instructions=config.augmentation.instructions or start.config.instruction_augmentation,
    )
    for dataset in datasets:
        normalizer = ActionNormalizer.from_statistics(start.statistics, dataset.name, ACTION_DIM)
        samplers = [
            RobotSampler(start.config, start.tokenizer, normalizer, change)
            for change in (augmentation, None)
        ]
        indices = split(
            len(dataset.lengths_E), config.validation.held_out_share, seed=config.data.seed
        )
        trained.append(RobotSource(RobotSubset(dataset, indices[0]), samplers[0]))
        held_out.append(RobotSource(RobotSubset(dataset, indices[1]), samplers[1]))
    return trained, held_out


def _conversation_sources(
    config: TrainConfig, datasets: Sequence[VisionLanguageDataset], start: StartModel
) -> tuple[list[ConversationSource], list[ConversationSource]]:
    """What is trained on, and what is held out."""
    trained, held_out = [], []
    sampler = ConversationSampler(
        start.config,
        start.tokenizer,
        max_tokens=config.max_text_tokens,
        lower_case=config.lower_case,
    )
    for dataset in datasets:
        indices = split(len(dataset), config.validation.held_out_share, seed=config.data.seed)
        trained.append(ConversationSource(ConversationSubset(dataset, indices[0]), sampler))
        held_out.append(ConversationSource(ConversationSubset(dataset, indices[1]), sampler))
    return trained, held_out


def _image_size(choice: ModelChoice) -> int:
    """Width of the pictures that the model will read [px]."""
    if choice.init is not None:
        return Checkpoint.open(choice.init).config.image_size
    return DIMENSIONS[SYSTEMS[choice.system]['family'], choice.size].image_size


def _rounded(value: Any) -> Any:
    """Round all numbers within, so that machines that sum in another order say the same."""
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return f'{value:.6g}'


def _has_items(source: Source) -> bool:
    return bool(len(source.lengths_E))
