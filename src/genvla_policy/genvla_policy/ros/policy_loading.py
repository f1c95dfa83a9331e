# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Load the policy that the node's parameters name, and check the parameters against it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from genvla_command.threads import use_threads
from genvla_policy.ros.params import PolicyParams

if TYPE_CHECKING:
    from genvla_policy.inference.policy import Policy
    from genvla_policy.models.config import VLAConfig


class ParametersMismatch(ValueError):
    """Parameters and checkpoint contradict each other; the message names both values."""


def load_policy(params: PolicyParams) -> Policy:
    """Load the policy of `params.checkpoint`.

    Raises:
        ParametersMismatch: No checkpoint is named.
        CheckpointMismatch: The folder does not hold one complete, consistent model.
        RuntimeError: The device does not exist, or is out of memory.
    """
    if not params.checkpoint:
        raise ParametersMismatch(
            'parameter checkpoint is empty; set it to a checkpoint folder. To create one with '
            'random weights: python -m genvla_policy.checkpoint.tiny FOLDER --seed 0'
        )
    folder = Path(params.checkpoint).expanduser()
    use_threads(params.num_threads, checkpoints=[folder])
    # Imported here so that the node answers service calls while PyTorch is being imported.
    from genvla_policy.decoding.options import DecodingOptions
    from genvla_policy.inference.policy import Policy

    decoding = DecodingOptions(max_prompt_tokens=params.max_prompt_tokens)
    return Policy.load(folder, device=params.device, dtype=params.dtype, decoding=decoding)


def check_parameters(params: PolicyParams, config: VLAConfig) -> None:
    """Compare the operator's parameters with the model's configuration.

    Raises:
        ParametersMismatch: The number of cameras differs, the base frame is empty, or the model
            reads the robot's state.
    """
    if config.proprio_dim:
        raise ParametersMismatch(
            f'checkpoint {config.name} reads the state of the robot (proprio_dim = '
            f'{config.proprio_dim}), which this node does not subscribe to; use a checkpoint '
            'trained without --model.proprio, or call Policy.infer with Observation.state'
        )
    if len(params.image_topics) != config.num_cameras:
        raise ParametersMismatch(
            f'parameter image_topics names {len(params.image_topics)} cameras '
            f'({", ".join(params.image_topics)}), but checkpoint {config.name} expects '
            f'num_cameras = {config.num_cameras}; name as many topics, or use another checkpoint'
        )
    if not params.base_frame:
        raise ParametersMismatch(
            "parameter base_frame is empty; set it to the robot's base frame, e.g. "
            'vx300s/base_link'
        )
