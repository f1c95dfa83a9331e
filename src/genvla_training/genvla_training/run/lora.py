# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Low-rank adapters by peft, and how they become plain weights again."""

from __future__ import annotations

from collections.abc import Mapping

from peft import LoraConfig, inject_adapter_in_model
from torch import Tensor, nn

from genvla_policy.models.vla import VLA
from genvla_training.run.config import LoraOptions

_ADAPTER = 'default'


def add_adapters(model: VLA, options: LoraOptions) -> None:
    """Put adapters on every linear layer that is pretrained and not frozen.

    Beside the adapters only those parts are trained that no pretrained weights cover, in full: an
    adapter cannot make an action expert of random weights.
    """
    new_linears = [
        f'{part_name}.{name}'.removesuffix('.')
        for part_name, part in model.new_parts.items()
        for name, module in part.named_modules()
        if isinstance(module, nn.Linear)
    ]
    lora = LoraConfig(
        r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.dropout,
        target_modules='all-linear',
        # The head is read as a matrix, and in PaliGemma it is the embedding.
        exclude_modules=[*model.frozen_linears, *new_linears, 'lm_head'],
    )
    inject_adapter_in_model(lora, model, adapter_name=_ADAPTER)
    for part in model.new_parts.values():
        part.requires_grad_(True)


def with_adapters(name: str) -> list[str]:
    """Return the names of a weight and of its adapter's, if it has one."""
    layer = name.removesuffix('.base_layer.weight')
    if layer == name:
        return [name]
    return [name, *(f'{layer}.{part}.{_ADAPTER}.weight' for part in ('lora_A', 'lora_B'))]


def merged(weights: Mapping[str, Tensor], options: LoraOptions) -> dict[str, Tensor]:
    """Return the weights of the model without adapters: each layer's own plus its adapter's.

    A layer with an adapter is float32, whatever its own number type is: in bfloat16 most of what
    the adapter has learnt would be rounded away.

    Args:
        weights: Of the model with adapters, by name; of one without, if the rank is 0.
        options: Of the adapters.
    """
    if not options.rank:
        return dict(weights)
    scale = options.alpha / options.rank
    plain = {}
    for name, weight in weights.items():
        if '.lora_' in name:
            continue
        if adapter := with_adapters(name)[1:]:
            down, up = (weights[each].float() for each in adapter)
            weight = weight.float() + scale * up @ down
        plain[name.replace('.base_layer.', '.')] = weight
    return plain
