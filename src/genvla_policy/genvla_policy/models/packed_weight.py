# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights laid out for AMX once, and not in every call."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional
from transformers.activations import GELUTanh


def has_amx() -> bool:
    """Whether this processor has AMX for bfloat16."""
    return bool(torch.cpu.get_capabilities().get('amx_bf16', False))


def is_worth_packing(weight: Tensor) -> bool:
    """Whether AMX multiplies by this weight."""
    is_bfloat16_on_cpu = weight.dtype == torch.bfloat16 and weight.device.type == 'cpu'
    return is_bfloat16_on_cpu and has_amx()


class PackedWeight:
    """A weight that inputs are multiplied with.

    In bfloat16 on a CPU with AMX it is a copy in the order that AMX reads. The copy takes as much
    memory as the weight, and halves the time of a small pass. Elsewhere it is the weight itself.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        """Lay the (out, in) weight out."""
        self._weight, self._bias = weight, bias
        self._is_packed = is_worth_packing(weight)
        if self._is_packed:
            # What torch.compile does when it freezes a model.
            self._weight = torch.ops.mkldnn._reorder_linear_weight(weight.detach())

    @property
    def device(self) -> torch.device:
        """Where the weight is."""
        return self._weight.device

    def __call__(
        self, inputs: Tensor, activation: Callable[[Tensor], Tensor] | None = None
    ) -> Tensor:
        """Return activation(inputs @ weight.T + bias)."""
        if not self._is_packed:
            product = functional.linear(inputs, self._weight, self._bias)
            return activation(product) if activation else product
        # This activation takes longer than the product, but not on the way.
        is_gelu = isinstance(activation, GELUTanh)
        kind, algorithm = ('gelu', 'tanh') if is_gelu else ('none', '')
        product = cast(
            Tensor,
            torch.ops.mkldnn._linear_pointwise(
                inputs, self._weight, self._bias, kind, [], algorithm
            ),
        )
        return activation(product) if activation and not is_gelu else product
