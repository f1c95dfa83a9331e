# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The README.md of a checkpoint folder: a description of the model that fits on one screen."""

from __future__ import annotations

from genvla_policy.models.config import VLAConfig

_FAMILIES = {
    'pi0': 'PaliGemma (SigLIP, Gemma)',
    'openvla': 'Prismatic (DINOv2, SigLIP, Llama)',
}
_HEADS = {
    'string': 'digits printed by the language head ({})',
    'bins': 'one of 256 bins per number, each a token ({})',
    'flow': "pi0's action expert (flow matching)",
}


def model_card(config: VLAConfig, *, num_parameters: int, weights: str) -> str:
    """Return the card in Markdown.

    Args:
        config: Configuration of the model.
        num_parameters: Number of weights.
        weights: A sentence on where the weights come from.
    """
    encoders = f'{config.encoders} vision encoder'
    if config.frozen_encoder:
        encoders += f' ({config.frozen_encoder} frozen)'
    head = _HEADS[config.action_head].format(config.action_format)
    return f"""\
# {config.name}

A genvla vision-language-action model: {_FAMILIES[config.family]}, {encoders},
{num_parameters / 1e6:,.1f} M parameters.

- **{weights}**
- Input: {config.num_cameras} camera image(s), {config.image_size} x {config.image_size} px, and an
  instruction.
- Output: {config.horizon} action(s) of {config.action_dim} numbers at
  {config.control_rate_hz:g} Hz: {head}.
- Action bounds: {config.dataset} (dataset_statistics.json).
"""
