# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""AdamW with its weight decay groups, and the learning rate at every step."""

from __future__ import annotations

from collections.abc import Iterable
import math

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.optim import AdamW, Optimizer

from genvla_training.run.config import OptimizerOptions

_VISION = ('vision', 'projector')
"""Name parts of the weights that turn pictures into tokens."""


def freeze_vision(model: nn.Module, options: OptimizerOptions) -> None:
    """Freeze the vision towers and the projector if their learning rate is 0."""
    for name, parameter in model.named_parameters():
        if _is_vision(name) and not options.vision_rate:
            parameter.requires_grad_(False)


def make_optimizer(model: nn.Module, options: OptimizerOptions) -> AdamW:
    """Return AdamW over the parameters that require a gradient.

    Weight decay applies to matrices, but not to norms, biases and embeddings, which are also the
    head.

    Raises:
        ValueError: No weight requires a gradient.
    """
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        is_vision = _is_vision(name)
        if parameter.requires_grad:
            is_matrix = parameter.ndim > 1 and 'embed' not in name
            groups.setdefault((is_vision, is_matrix), []).append(parameter)
    if not groups:
        raise ValueError('no weight requires a gradient: nothing would be trained')
    return AdamW(
        [
            {
                'params': parameters,
                'weight_decay': options.weight_decay if is_matrix else 0.0,
                'rate_factor': options.vision_rate if is_vision else 1.0,
            }
            for (is_vision, is_matrix), parameters in groups.items()
        ],
        lr=options.learning_rate,
        betas=options.betas,
        fused=True,
    )


def _is_vision(name: str) -> bool:
    return any(part in name for part in _VISION)


def learning_rate(options: OptimizerOptions, step: int, steps: int) -> float:
    """Return the learning rate of one step.

    Args:
        options: Schedule and highest rate.
        step: Step in [0, steps).
        steps: Number of steps of the whole run.
    """
    if step < options.warmup_steps:
        return options.learning_rate * (step + 1) / (options.warmup_steps + 1)
    if options.schedule == 'constant':
        return options.learning_rate
    done = (step - options.warmup_steps) / max(1, steps - options.warmup_steps)
    share = 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))
    return options.learning_rate * (options.final_rate + (1.0 - options.final_rate) * share)


def set_learning_rate(optimizer: Optimizer, rate: float) -> None:
    """Set the learning rate of all groups, each scaled by its factor."""
    for group in optimizer.param_groups:
        group['lr'] = rate * group['rate_factor']


class WeightAverage:
    """An exponential moving average of the trained weights.

    It covers the part of the weights that this process holds, so it also works under FSDP.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], decay: float) -> None:
        """Start with the current weights.

        Args:
            parameters: The trained weights.
            decay: Decay of the average, in (0, 1).
        """
        self._parameters = list(parameters)
        self._decay = decay
        self.averages = [parameter.detach().clone() for parameter in self._parameters]

    @torch.no_grad()
    def restart(self) -> None:
        """Restart the average from the current weights."""
        torch._foreach_copy_(_parts(self.averages), _parts(self._parameters))

    @torch.no_grad()
    def update(self) -> None:
        """Update the average with the weights after a step."""
        torch._foreach_lerp_(_parts(self.averages), _parts(self._parameters), 1.0 - self._decay)

    @torch.no_grad()
    def swap(self) -> None:
        """Swap weights and averages; a second call restores them."""
        parts = zip(_parts(self._parameters), _parts(self.averages), strict=True)
        for weight, average in parts:
            kept = weight.clone()
            weight.copy_(average)
            average.copy_(kept)


def _parts(tensors: Iterable[Tensor]) -> list[Tensor]:
    """Return this process's parts of the tensors."""
    return [t.to_local() if isinstance(t, DTensor) else t.detach() for t in tensors]
