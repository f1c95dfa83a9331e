# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Build the network of a configuration."""

from __future__ import annotations

import torch
from torch import nn
from transformers import PreTrainedModel

from genvla_policy.models.config import VLAConfig
from genvla_policy.models.openvla import OpenVLA
from genvla_policy.models.pi0 import Pi0
from genvla_policy.models.pi0_flow import Pi0Flow
from genvla_policy.models.vla import VLA
from genvla_policy.text.tokenizer import TextTokenizer


def build_model(config: VLAConfig, tokenizer: TextTokenizer) -> VLA:
    """Build a model with random weights.

    Raises:
        ValueError: The tokenizer does not fit the configuration.
    """
    if config.family == 'openvla':
        return OpenVLA(config, tokenizer)
    return (Pi0Flow if config.action_head == 'flow' else Pi0)(config, tokenizer)


def build_empty_model(config: VLAConfig, tokenizer: TextTokenizer) -> VLA:
    """Build a model without memory for its weights; load_state_dict(assign=True) provides it.

    Values that are computed rather than stored (rotary frequencies, position numbers) are set.

    Raises:
        ValueError: As build_model().
    """
    with torch.device('meta'):
        model = build_model(config, tokenizer)
    # Inner networks first: each can compute the buffers of its own modules.
    for network in reversed([m for m in model.modules() if isinstance(m, PreTrainedModel)]):
        for module in network.modules():
            if _materialize_buffers(module):
                network._init_weights(module)
    return model


def move_buffers(model: nn.Module, device: torch.device) -> None:
    """Move the buffers, which are computed rather than stored, and leave the weights in place."""
    for module in model.modules():
        for name, buffer in module.named_buffers(recurse=False):
            setattr(module, name, buffer.to(device))


def _materialize_buffers(module: nn.Module) -> bool:
    """Allocate a module's own buffers; return whether any had no memory."""
    empty = [name for name, b in module.named_buffers(recurse=False) if b.is_meta]
    for name in empty:
        setattr(module, name, torch.empty_like(getattr(module, name), device='cpu'))
    return bool(empty)
