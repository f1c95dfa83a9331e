# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The start of a run: random weights, a checkpoint, or one whose vision encoder is doubled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from genvla_policy.checkpoint.bridge_statistics import BRIDGE_STATISTICS
from genvla_policy.checkpoint.folder import Checkpoint, CheckpointMismatch
from genvla_policy.models.build import build_empty_model, build_model
from genvla_policy.models.config import VLAConfig
from genvla_policy.models.pi0 import Pi0, duplicate_vision_tower
from genvla_policy.models.systems import SYSTEMS, for_dimensions, system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.models.vla import VLA
from genvla_policy.text.tokenizer import TextTokenizer
from genvla_training.run.config import ModelChoice

_OFF: dict[str, Any] = {
    'frozen_encoder': '',
    'shared_blocks': 0,
    'vision_language_share': 0.0,
    'instruction_augmentation': False,
}
"""Defaults of switches that a system does not name; they override the checkpoint's values."""


@dataclass(frozen=True, eq=False)
class StartModel:
    """A model before training.

    Attributes:
        config: Configuration of the model.
        tokenizer: Tokenizer of the model.
        model: The network.
        statistics: Action bounds, in the layout of dataset_statistics.json.
    """

    config: VLAConfig
    tokenizer: TextTokenizer
    model: VLA
    statistics: Mapping[str, Any]


def start_model(
    choice: ModelChoice,
    statistics: Mapping[str, Any] | None,
    *,
    control_rate_hz: float,
    seed: int,
    is_empty: bool = False,
    aspect_ratio: float = 0.0,
    center_crop: float = 1.0,
    lower_case: bool = False,
    begun_share: float = 0.0,
) -> StartModel:
    """Build the model that a run starts from.

    Args:
        choice: The model to build.
        statistics: Bounds of the robot data for training; those of the first data set un-normalise
            the policy's actions. None: there is no robot data.
        control_rate_hz: Control rate of that data [Hz].
        seed: Seed of random weights.
        is_empty: Leave the weights on the meta device, and read none.
        aspect_ratio: Aspect ratio of that data's cameras; see VLAConfig.
        center_crop: Share of a picture that the policy sees; see VLAConfig.
        lower_case: Whether conversations are in lower case.
        begun_share: Share of the chunks that begin with given actions; see VLAConfig.

    Raises:
        CheckpointMismatch: `init` is not a checkpoint, or this system cannot start from it.
    """
    changes: dict[str, Any] = {'horizon': choice.horizon, 'num_cameras': choice.num_cameras}
    changes |= {'proprio_dim': 0, 'lower_case_questions': lower_case, 'begun_share': begun_share}
    if choice.action_format:
        changes['action_format'] = choice.action_format
    if choice.motion:
        changes['motion'] = choice.motion
    if statistics is not None:
        states = next(iter(statistics.values())).get('proprio', {})
        changes['proprio_dim'] = len(states.get('q01', ()))
        changes |= {'dataset': next(iter(statistics)), 'control_rate_hz': control_rate_hz}
        changes |= {'trained': True, 'aspect_ratio': aspect_ratio, 'center_crop': center_crop}
    changes['name'] = choice.name or f'{choice.system}-{choice.size}'
    bounds = statistics or BRIDGE_STATISTICS
    torch.manual_seed(seed)
    if choice.init is None:
        tokenizer = _new_tokenizer(choice)
        config = system_config(choice.system, choice.size, **changes)
        build = build_empty_model if is_empty else build_model
        return StartModel(config, tokenizer, build(config, tokenizer), bounds)
    checkpoint = Checkpoint.open(choice.init)
    begun = checkpoint.config
    changes |= {'base': begun.base or begun.name}
    wanted = replace(begun, **_switches(choice, begun) | changes)
    tokenizer = checkpoint.tokenizer
    model = build_empty_model(wanted, tokenizer) if is_empty else _begin(checkpoint, wanted)
    return StartModel(wanted, tokenizer, model, bounds)


def _new_tokenizer(choice: ModelChoice) -> TextTokenizer:
    if choice.size != 'tiny':
        raise CheckpointMismatch(
            f'{choice.system} of size {choice.size} needs pretrained weights: convert them with '
            'genvla convert, and set model.init to the folder'
        )
    return build_tiny_tokenizer()


def _switches(choice: ModelChoice, begun: VLAConfig) -> dict[str, Any]:
    """Return the system's switches, keeping the checkpoint's picture fit, prompts and formats."""
    switches = for_dimensions(SYSTEMS[choice.system], begun.dimensions)
    if switches['family'] != begun.family:
        raise CheckpointMismatch(
            f'{choice.init} has family {begun.family}, but {choice.system} has family '
            f'{switches["family"]}; choose another system or checkpoint'
        )
    kept = ['prompt_template', 'question_template', 'answer_prefix', 'prefix_lm']
    kept += ['resize', 'aspect', 'motion']
    if switches['action_head'] == begun.action_head:
        kept.append('action_format')
    return _OFF | switches | {key: getattr(begun, key) for key in kept}


def _begin(checkpoint: Checkpoint, wanted: VLAConfig) -> VLA:
    """Load the weights; double a single encoder if the requested model has two."""
    begun = checkpoint.config
    is_doubled = (wanted.encoders, begun.encoders) == ('dual', 'single')
    read = replace(wanted, encoders='single', frozen_encoder='') if is_doubled else wanted
    model = build_empty_model(read, checkpoint.tokenizer)
    model.load_state_dict(checkpoint.load_weights(model.state_dict()), assign=True)
    if is_doubled:
        if not isinstance(model, Pi0):
            raise CheckpointMismatch(
                f'{checkpoint.folder}: family {begun.family} has no single encoder'
            )
        duplicate_vision_tower(model.paligemma)
        model.config = wanted
    return model
