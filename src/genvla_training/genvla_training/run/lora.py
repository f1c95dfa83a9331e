# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Add low-rank adapters with peft, and merge them into plain weights."""

from __future__ import annotations

from collections.abc import Mapping

from peft import LoraConfig, inject_adapter_in_model
from torch import Tensor, nn

from genvla_policy.models.vla import VLA
from genvla_training.run.config import LoraOptions

_ADAPTER = 'default'


def add_adapters(model: VLA, options: LoraOptions) -> None:
    """Put adapters on every linear layer that is pretrained and not frozen.

    In addition, the parts without pretrained weights are trained in full, because an adapter
    cannot turn random weights into an action expert.
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
        # The head is used as a matrix, and in PaliGemma it is tied to the embedding.
        exclude_modules=[*model.frozen_linears, *new_linears, 'lm_head'],
    )
    inject_adapter_in_model(lora, model, adapter_name=_ADAPTER)
    for part in model.new_parts.values():
        part.requires_grad_(True)


def with_adapters(name: str) -> list[str]:
    """Return the name of a weight, followed by those of its adapter if it has one."""
    layer = name.removesuffix('.base_layer.weight')
    if layer == name:
        return [name]
    return [name, *(f'{layer}.{part}.{_ADAPTER}.weight' for part in ('lora_A', 'lora_B'))]


def merged(weights: Mapping[str, Tensor], options: LoraOptions) -> dict[str, Tensor]:
    """Return the model's weights without adapters: each layer's own plus its adapter's.

    A layer with an adapter becomes float32, whatever its own dtype: bfloat16 would round away most
    of the adapter's contribution.

    Args:
        weights: Weights by name, of the model with adapters, or without them if the rank is 0.
        options: Options of the adapters.
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
