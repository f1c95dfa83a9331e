# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Rows without their padding: only attention reads them side by side.

All other layers of a language model work token by token, so they read the tokens of all rows as
one row and compute no padding.

Shape suffixes: B rows, L tokens of the longest row, S tokens of all rows, H heads, F head width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.models.llama.modeling_llama import eager_attention_forward

UNPADDED = 'genvla_unpadded'
"""Name of this attention in transformers."""
_FULL = 0.9
"""Share of tokens that are no padding."""


@dataclass(frozen=True, eq=False)
class RowLayout:
    """Where the tokens of several rows stand.

    Attributes:
        places_S: Of each token that is no padding, in the rows laid end to end. None: there is so
            little padding that it costs less to compute it than to leave it out.
        num_rows: Rows.
        length: Tokens of the longest row.
        mask: (B, 1, L, L) bool, which tokens each attends to. None: all before it.
    """

    places_S: Tensor | None
    num_rows: int
    length: int
    mask: Tensor | None

    @classmethod
    def of(cls, is_valid_BL: Tensor, mask: Tensor | None) -> RowLayout:
        """Return the layout of rows; is_valid_BL is False at padding."""
        num_rows, length = is_valid_BL.shape
        places_S = is_valid_BL.flatten().nonzero()[:, 0]
        is_full = len(places_S) > _FULL * is_valid_BL.numel()
        return cls(None if is_full else places_S, num_rows, length, mask)

    def added_mask(self, dtype: torch.dtype) -> Tensor:
        """Return the mask as what is added to the scores, on a CPU."""
        mask = self.mask
        if mask is None:
            shape = self.length, self.length
            mask = torch.ones(shape, dtype=torch.bool).tril()
        lowest = torch.finfo(dtype).min
        return torch.zeros_like(mask, dtype=dtype).masked_fill(~mask, lowest)

    def join(self, rows: Tensor) -> Tensor:
        """Return the tokens of all rows as one row: (B, L, ...) to (1, S, ...)."""
        tokens = rows.flatten(0, 1)
        return (tokens if self.places_S is None else tokens.index_select(0, self.places_S))[None]

    def split(self, joined: Tensor) -> Tensor:
        """Return the rows, zeros at padding: (1, S, ...) to (B, L, ...)."""
        tokens = joined[0]
        if self.places_S is not None:
            zeros = tokens.new_zeros(self.num_rows * self.length, *tokens.shape[1:])
            tokens = zeros.index_copy(0, self.places_S, tokens)
        return tokens.view(self.num_rows, self.length, *tokens.shape[1:])


def _attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    layout: RowLayout | None = None,
    **keywords: Any,
) -> tuple[Tensor, None]:
    """Attend as transformers does, in rows if the tokens are those of a layout.

    On a CPU, torch's fused attention has a slow backward pass in bfloat16: a step of the tiny
    model (32 samples of 176 tokens) took 0.56 s with it and 0.41 s without. In float32 it is
    faster: 3.3 s and 4.1 s (32 samples of up to 325 tokens, one thread).
    """
    if layout is None:
        attended, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **keywords)
        return attended, None
    rows = [layout.split(each.transpose(1, 2)).transpose(1, 2) for each in (query, key, value)]
    attend, mask = sdpa_attention_forward, layout.mask
    if query.device.type == 'cpu' and query.dtype is torch.bfloat16:
        attend, mask = eager_attention_forward, layout.added_mask(query.dtype)
    attended, _ = attend(module, *rows, mask, **keywords)
    return layout.join(attended), None


AttentionInterface.register(UNPADDED, _attend)
