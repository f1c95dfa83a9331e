# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The systems that the paper compares, each a set of switches over its family's base.

D: dual encoder, one of the two frozen. S: actions as digit strings. C: half of each batch is
vision-language data. "plus" combines all three.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genvla_policy.models.config import VLAConfig
from genvla_policy.models.dimensions import DIMENSIONS, SIZES, Dimensions

_TAGGED_PROMPTS: dict[str, Any] = {
    'prompt_template': (
        'In: <VLA_PROMPT> What action should the robot take to {instruction}?\nOut:'
    ),
    'question_template': 'In: <VLM_PROMPT> {question}\nOut:',
    'answer_prefix': ' ',
}
"""Prompts of both families.

Source: akshaygopalkr/vla-plus, RLDSBatchTransform and CotrainingBatchTransform of
prismatic/vla/datasets/datasets.py; its PurePromptBuilder is used for Llama and Gemma.
"""

_D: dict[str, Any] = {'encoders': 'dual', 'frozen_encoder': 'siglip'}
_S: dict[str, Any] = {'action_head': 'string', 'action_format': 'fixed4'}
_C: dict[str, Any] = {'vision_language_share': 0.5}
_INST_AUG: dict[str, Any] = {'instruction_augmentation': True}

_OPENVLA: dict[str, Any] = {
    'family': 'openvla',
    'encoders': 'native',
    'action_head': 'bins',
    'action_format': 'bins256',
    'prefix_lm': False,
    **_TAGGED_PROMPTS,
    # Source: dlimp's resize_image, with which OpenVLA's RLDS pipeline shrinks images.
    'resize': 'lanczos',
    'aspect': 'keep_height',
}
_PI0: dict[str, Any] = {
    'family': 'pi0',
    'encoders': 'single',
    'action_head': 'flow',
    'action_format': '',
    'prefix_lm': True,
    **_TAGGED_PROMPTS,
    # Source: preprocessor_config.json of google/paligemma-3b-pt-224 (resample 3).
    'resize': 'bicubic',
    'aspect': 'keep_height',
}

SYSTEMS: Mapping[str, Mapping[str, Any]] = {
    'openvla': _OPENVLA,
    'openvla_d': _OPENVLA | _D,
    'openvla_s': _OPENVLA | _S,
    'openvla_c': _OPENVLA | _C,
    'openvla_ds': _OPENVLA | _D | _S,
    'openvla_sc': _OPENVLA | _S | _C,
    'openvla_plus': _OPENVLA | _D | _S | _C,
    'openvla_inst_aug': _OPENVLA | _INST_AUG,
    'pi0': _PI0,
    'pi0_inst_aug': _PI0 | _INST_AUG,
    'pi0_d': _PI0 | _D,
    'pi0_s': _PI0 | _S,
    'pi0_c': _PI0 | _C,
    'pi0_ds': _PI0 | _D | _S,
    'pi0_sc': _PI0 | _S | _C,
    'pi0_plus': _PI0 | _D | _S | _C,
}
"""Switches of each system, by name."""

OWN_BLOCKS = 3
"""Number of blocks that a trained copy does not share with the frozen encoder."""


def system_config(system: str, size: str, **changes: Any) -> VLAConfig:
    """Return the configuration of a named system with random weights.

    Args:
        system: A name in SYSTEMS.
        size: One of SIZES.
        changes: Fields of VLAConfig to override.

    Raises:
        ValueError: The system or size is unknown, or the system has no such size; the message
            lists the known ones.
        ConfigError: The changed fields describe no supported system.
    """
    if system not in SYSTEMS:
        raise ValueError(f'unknown system {system!r}; available: {list(SYSTEMS)}')
    if size not in SIZES:
        raise ValueError(f'unknown size {size!r}; available: {list(SIZES)}')
    switches = SYSTEMS[system]
    if (switches['family'], size) not in DIMENSIONS:
        sizes = [each for family, each in DIMENSIONS if family == switches['family']]
        raise ValueError(f'{system} has no size {size!r}; available: {sizes}')
    dimensions = changes.get('dimensions', DIMENSIONS[switches['family'], size])
    fields = {
        'name': f'{system}-{size}-random',
        'size': size,
        'trained': False,
        'dimensions': dimensions,
        **for_dimensions(switches, dimensions),
    }
    return VLAConfig(**(fields | changes))


def for_dimensions(switches: Mapping[str, Any], dimensions: Dimensions) -> dict[str, Any]:
    """Return a system's switches for a network; a single tower is made dual by a frozen copy.

    The two copies share all but the last blocks, so the trained part fits into a file of the
    package.
    """
    towers = dimensions.towers
    if switches['encoders'] == 'dual' and switches['family'] == 'openvla' and len(towers) == 1:
        [(name, tower)] = towers.items()
        shared_blocks = max(0, tower.depth - OWN_BLOCKS)
        return {**switches, 'frozen_encoder': name, 'shared_blocks': shared_blocks}
    return dict(switches)
