# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The data of a run: the sources of its batches, and held-out data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
import json
from typing import Any

from genvla_command.end_effector_action import ACTION_DIM
from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.action_text.state_text import StateText
from genvla_policy.checkpoint.folder import Checkpoint
from genvla_policy.checkpoint.trained_on import INSTRUCTIONS
from genvla_policy.images.picture_fit import PictureFit
from genvla_policy.models.systems import system_config
from genvla_training.data.conversation import VisionLanguageDataset
from genvla_training.data.conversation_samples import ConversationSamples
from genvla_training.data.episode import BadData, RobotDataset, shared_aspect_ratio
from genvla_training.data.mixture import Part, Source
from genvla_training.data.robot_samples import RobotSamples
from genvla_training.run.config import ModelChoice, TrainConfig
from genvla_training.run.data_sets import (
    open_robot,
    open_vision_language,
    robot_statistics,
    split,
)
from genvla_training.run.start_model import StartModel


@dataclass(frozen=True, eq=False)
class OpenedData:
    """The data sets of a run, before the model is built.

    Attributes:
        robot: Robot data sets, in the order of the configuration.
        vision_language: Vision-language data sets.
        statistics: dataset_statistics.json of the robot data. None: there is no robot data.
        robot_weights: Sampling weight of each robot data set.
        aspect_ratio: Width over height of the robots' camera images. 0: unknown, or they differ.
    """

    robot: Sequence[RobotDataset]
    vision_language: Sequence[VisionLanguageDataset]
    statistics: Mapping[str, Any] | None
    robot_weights: Sequence[float] = ()
    aspect_ratio: float = 0.0

    @property
    def control_rate_hz(self) -> float:
        """Control rate of the first robot data set; 5 Hz without robot data [Hz]."""
        return self.robot[0].control_rate_hz if self.robot else 5.0

    @property
    def fingerprints(self) -> dict[str, str]:
        """A hash of each data set, by name.

        It covers the episode lengths and action statistics of robot data, and the positions of
        conversations in their files.
        """
        known = {
            dataset.name: dataset.lengths_E.tobytes()
            + json.dumps(_rounded(_bounds((self.statistics or {})[dataset.name]))).encode()
            for dataset in self.robot
        } | {dataset.name: dataset.fingerprint for dataset in self.vision_language}
        return {name: sha256(content).hexdigest()[:16] for name, content in known.items()}


@dataclass(frozen=True, eq=False)
class RunData:
    """The sources of a run's samples.

    Attributes:
        parts: Robot data and vision-language data for training.
        held_out: Held-out parts of the same data sets, without augmentation.
    """

    parts: Sequence[Part]
    held_out: Sequence[Source]

    @property
    def names(self) -> list[str]:
        """Names of all data sets."""
        return [source.name for part in self.parts for source in part.sources]


def open_data(config: TrainConfig) -> OpenedData:
    """Open every data set of a run.

    Raises:
        BadData: A data set cannot be read, or two have the same name.
        CheckpointMismatch: `init` of the model is not a checkpoint.
    """
    fit = _picture_fit(config.model)
    has_robot = config.samples_per_stream[0] > 0
    robot_data = config.robot_data if has_robot else ()
    with_states = config.model.proprio
    robot = [
        open_robot(data, image_size=fit.size, resize=fit.resize, with_states=with_states)
        for data in robot_data
    ]
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
            allow_still=[data.allow_still for data in robot_data],
            skip_bad=config.data.skip_bad,
            with_states=with_states,
        )
    # Weights of mixtures apply per step, weights in `robot` per data set.
    per_step = bool(config.robot_mixture.name)
    weights = [
        data.weight * (float(dataset.lengths_E.sum()) if per_step else 1.0)
        for data, dataset in zip(robot_data, robot, strict=True)
    ]
    ratios = [
        data.aspect_ratio or dataset.aspect_ratio
        for data, dataset in zip(robot_data, robot, strict=True)
    ]
    return OpenedData(robot, vision_language, statistics, weights, shared_aspect_ratio(ratios))


def run_data(config: TrainConfig, opened: OpenedData, start: StartModel) -> RunData:
    """Split every data set, and convert its items to samples for the model."""
    robot = [_robot_samples(config, dataset, start) for dataset in opened.robot]
    conversations = [
        _conversation_samples(config, dataset, start) for dataset in opened.vision_language
    ]
    per_robot, per_conversation = config.samples_per_stream
    parts = [
        Part(
            [trained for trained, _ in robot],
            opened.robot_weights,
            per_robot,
            config.data.pool_episodes,
        ),
        Part(
            [trained for trained, _ in conversations],
            [d.weight for d in config.vision_language],
            per_conversation,
            config.data.pool_blocks,
        ),
    ]
    held_out: list[Source] = [source for _, source in robot]
    held_out += [source for _, source in conversations]
    return RunData(
        [part for part in parts if part.per_step],
        [source for source in held_out if len(source.lengths_E)],
    )


def _robot_samples(
    config: TrainConfig, dataset: RobotDataset, start: StartModel
) -> tuple[RobotSamples, RobotSamples]:
    """Return the training source and the held-out source, which is not augmented."""
    trained_E, held_out_E = split(
        len(dataset.lengths_E), config.validation.held_out_share, seed=config.data.seed
    )
    samples = partial(
        RobotSamples,
        dataset,
        config=start.config,
        tokenizer=start.tokenizer,
        normalizer=ActionNormalizer.from_statistics(
            start.statistics, dataset.name, ACTION_DIM, motion=start.config.motion
        ),
        state_text=StateText(start.statistics, dataset.name, start.config.proprio_dim)
        if start.config.proprio_dim
        else None,
    )
    augmentation = replace(
        config.augmentation,
        instructions=config.augmentation.instructions or start.config.instruction_augmentation,
    )
    return samples(trained_E, augmentation=augmentation), samples(held_out_E)


def _conversation_samples(
    config: TrainConfig, dataset: VisionLanguageDataset, start: StartModel
) -> tuple[ConversationSamples, ConversationSamples]:
    """Return the training source and the held-out source."""
    trained, held_out = split(
        len(dataset), config.validation.held_out_share, seed=config.data.seed
    )
    samples = partial(
        ConversationSamples,
        dataset,
        config=start.config,
        tokenizer=start.tokenizer,
        max_tokens=config.max_text_tokens,
    )
    return samples(trained), samples(held_out)


def _picture_fit(choice: ModelChoice) -> PictureFit:
    """Return the conversion of pictures to the model's input size."""
    if choice.init is not None:
        return Checkpoint.open(choice.init).config.picture_fit
    return system_config(choice.system, choice.size).picture_fit


def _bounds(statistics: Mapping[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in statistics.items() if key != INSTRUCTIONS}


def _rounded(value: Any) -> Any:
    """Round all nested numbers, so that the summation order of a machine makes no difference."""
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return f'{value:.6g}'
