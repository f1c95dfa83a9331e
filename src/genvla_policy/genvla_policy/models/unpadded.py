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

from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

UNPADDED = 'genvla_unpadded'
"""Name of this attention in transformers."""


@dataclass(frozen=True, eq=False)
class RowLayout:
    """Where the tokens of several rows stand.

    Attributes:
        places_S: Of each token that is no padding, in the rows laid end to end.
        num_rows: Rows.
        length: Tokens of the longest row.
        mask: (B, 1, L, L) bool, which tokens each attends to. None: all before it.
    """

    places_S: Tensor
    num_rows: int
    length: int
    mask: Tensor | None

    @classmethod
    def of(cls, is_valid_BL: Tensor, mask: Tensor | None) -> RowLayout:
        """Return the layout of rows; is_valid_BL is False at padding."""
        num_rows, length = is_valid_BL.shape
        return cls(is_valid_BL.flatten().nonzero()[:, 0], num_rows, length, mask)

    def join(self, rows: Tensor) -> Tensor:
        """Return the tokens of all rows as one row: (B, L, ...) to (1, S, ...)."""
        return rows.flatten(0, 1).index_select(0, self.places_S)[None]

    def split(self, joined: Tensor) -> Tensor:
        """Return the rows, zeros at padding: (1, S, ...) to (B, L, ...)."""
        rows = joined.new_zeros(self.num_rows * self.length, *joined.shape[2:])
        rows = rows.index_copy(0, self.places_S, joined[0])
        return rows.view(self.num_rows, self.length, *joined.shape[2:])


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
    """Attend as transformers does, in rows if the tokens are those of a layout."""
    if layout is None:
        attended, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **keywords)
        return attended, None
    rows = [layout.split(each.transpose(1, 2)).transpose(1, 2) for each in (query, key, value)]
    attended, _ = sdpa_attention_forward(module, *rows, layout.mask, **keywords)
    return layout.join(attended), None


AttentionInterface.register(UNPADDED, _attend)
