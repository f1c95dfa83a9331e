# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A tree of tokens that a model reads in one pass, each attending to its ancestors only.

Shape suffixes: B rows, N tokens of a tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import functools

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


@dataclass(frozen=True)
class TokenTree:
    """Tokens that may continue one text, ancestors first.

    Attributes:
        token_ids: The tokens.
        parents: Index of the token that each token follows; -1: it follows what is in the cache.
    """

    token_ids: tuple[int, ...]
    parents: tuple[int, ...]

    @classmethod
    def chain(cls, token_ids: Sequence[int]) -> TokenTree:
        """Return the tree of one text: every token follows the one before it."""
        return cls(tuple(token_ids), tuple(range(-1, len(token_ids) - 1)))

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self.token_ids)


@dataclass(frozen=True, eq=False)
class TreeBatch:
    """One tree per row, in the form that a model reads: padded to the largest.

    Attributes:
        token_ids_BN: The tokens; 0 at padding.
        depths_BN: Number of each token's ancestors in the tree.
        is_seen_BNN: [b, i, j]: token i attends to token j, an ancestor or itself.
    """

    token_ids_BN: Tensor
    depths_BN: Tensor
    is_seen_BNN: Tensor

    @classmethod
    def collate(cls, trees: Sequence[TokenTree], device: torch.device) -> TreeBatch:
        """Pad trees to one size and move them to the model's device."""
        size = max(map(len, trees))
        ids = [[*tree.token_ids, *([0] * (size - len(tree)))] for tree in trees]
        depths_BN, is_seen_BNN = _shapes(tuple(tree.parents for tree in trees), device)
        return cls(torch.tensor(ids, device=device), depths_BN, is_seen_BNN)


@functools.lru_cache(maxsize=256)
@torch.inference_mode(False)
def _shapes(
    parents_of_rows: tuple[tuple[int, ...], ...], device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return the depths of some trees, and which tokens attend to which; padding sees itself only.

    Results are cached because the trees of a grammar have few shapes, which recur in every action.
    """
    size = max(map(len, parents_of_rows))
    shapes = [_shape(parents, size) for parents in parents_of_rows]
    depths_BN = torch.from_numpy(np.stack([depths_N for depths_N, _ in shapes]))
    is_seen_BNN = torch.from_numpy(np.stack([is_seen_NN for _, is_seen_NN in shapes]))
    return depths_BN.to(device), is_seen_BNN.to(device)


def _shape(
    parents: tuple[int, ...], size: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    seen = np.eye(size, dtype=bool)
    depths = np.zeros(size, dtype=np.int64)
    for index, parent in enumerate(parents):
        if parent >= 0:
            seen[index] |= seen[parent]
            depths[index] = depths[parent] + 1
    return depths, seen
