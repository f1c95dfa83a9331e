# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights that are laid out for AMX once, instead of in every call."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional
from transformers.activations import GELUTanh


def has_amx() -> bool:
    """Return whether this processor has AMX for bfloat16."""
    return bool(torch.cpu.get_capabilities().get('amx_bf16', False))


def is_worth_packing(weight: Tensor) -> bool:
    """Return whether AMX multiplies by this weight."""
    is_bfloat16_on_cpu = weight.dtype == torch.bfloat16 and weight.device.type == 'cpu'
    return is_bfloat16_on_cpu and has_amx()


class PackedWeight:
    """A weight to multiply inputs with.

    In bfloat16 on a CPU with AMX, it is a copy in the order that AMX reads. The copy takes as much
    memory as the weight, and halves the time of a small pass. Elsewhere, it is the weight itself.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        """Lay out the (out, in) weight."""
        self._weight, self._bias = weight, bias
        self._is_packed = is_worth_packing(weight)
        if self._is_packed:
            # torch.compile does the same when it freezes a model.
            self._weight = torch.ops.mkldnn._reorder_linear_weight(weight.detach())

    @property
    def device(self) -> torch.device:
        """Device of the weight."""
        return self._weight.device

    def __call__(
        self, inputs: Tensor, activation: Callable[[Tensor], Tensor] | None = None
    ) -> Tensor:
        """Return activation(inputs @ weight.T + bias)."""
        if not self._is_packed:
            product = functional.linear(inputs, self._weight, self._bias)
            return activation(product) if activation else product
        # On its own, this activation takes longer than the product; fused with it, it does not.
        is_gelu = isinstance(activation, GELUTanh)
        kind, algorithm = ('gelu', 'tanh') if is_gelu else ('none', '')
        product = cast(
            Tensor,
            torch.ops.mkldnn._linear_pointwise(
                inputs, self._weight, self._bias, kind, [], algorithm
            ),
        )
        return activation(product) if activation and not is_gelu else product
