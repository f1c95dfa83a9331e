# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Keys and values in memory that is allocated once and written in place.

Shape suffixes: B rows, G key-value heads, M slots, N new tokens, K kept tokens, F head width.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedConfig
from transformers.cache_utils import Cache, CacheLayerMixin


class OutOfMemory(RuntimeError):
    """There is not enough memory; the message gives the amount and a remedy."""


class CacheFull(ValueError):
    """A text does not fit into the cache; the message gives its length and the limit."""


class SlotCache(Cache):
    """The keys and values of several texts that are read together, one row each.

    Every pass writes its tokens into the slots after the text of their row. keep() then selects
    the tokens that belong to the text: they move up to its end, and the next pass overwrites the
    others.

    Attributes:
        num_rows: Number of texts that are read now.
        num_slots: Number of slots per row.
        lengths: Number of tokens in each row's text.
        stores: Keys and values, (layers, 2, rows, G, M, F), of the layers of each device in turn.
        is_read_whole: Whether passes attend to all slots, with a mask that leaves the filled ones.
    """

    def __init__(
        self,
        config: PreTrainedConfig,
        *,
        num_rows: int,
        num_slots: int,
        devices: Sequence[torch.device],
        dtype: torch.dtype,
    ) -> None:
        """Allocate the memory.

        Args:
            config: Configuration of the language model.
            num_rows: Maximum number of texts at once.
            num_slots: Maximum number of tokens of a text plus the largest pass after it.
            devices: Device of each layer of the language model.
            dtype: Number type of the model.

        Raises:
            OutOfMemory: There is not enough memory.
        """
        # One tensor for all layers of a device, so that keep() moves them all at once.
        shape = (2, num_rows, config.num_key_value_heads, num_slots, config.head_dim)
        self.stores = []
        for device, group in groupby(devices):
            num_layers = len(list(group))
            try:
                store = torch.zeros((num_layers, *shape), device=device, dtype=dtype)
            except RuntimeError as error:
                size_gb = num_layers * math.prod(shape) * dtype.itemsize / 1e9
                raise OutOfMemory(
                    f'not enough memory on {device} for the keys and values of {num_rows} x '
                    f'{num_slots} tokens ({size_gb:.2g} GB); lower max_prompt_tokens or '
                    'max_batch, or load the checkpoint with a smaller dtype'
                ) from error
            self.stores.append(store)
        self.num_slots = num_slots
        self.is_read_whole = False
        self.clear(num_rows)
        super().__init__(layers=[_Layer(self, each) for store in self.stores for each in store])

    @property
    def longest(self) -> int:
        """Number of tokens in the longest text."""
        return max(self.lengths)

    def clear(self, num_rows: int) -> None:
        """Forget all texts, and begin new ones.

        Raises:
            CacheFull: The cache has fewer rows.
        """
        most = self.stores[0].shape[2]
        if num_rows > most:
            raise CacheFull(
                f'{num_rows} observations at once, but memory for {most}; raise max_batch when '
                'loading the policy'
            )
        if num_rows > 1 or self.is_read_whole:
            # Rows of different lengths leave masked slots between text and pass. A number there
            # that is not finite would get through the mask.
            for store in self.stores:
                store[:, :, :num_rows].zero_()
        self.num_rows = num_rows
        self.lengths = [0] * num_rows

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Return the number of tokens in the longest text."""
        return self.longest

    def seen(self, is_seen_BNN: Tensor) -> Tensor:
        """Return which slots the tokens of a pass attend to: the text, and some of the pass.

        Args:
            is_seen_BNN: [b, i, j]: token i of the pass attends to token j of the pass.

        Returns:
            (B, N, M) over the slots up to the end of the longest text and the pass.
        """
        num_new = is_seen_BNN.shape[2]
        if self._is_even:
            return functional.pad(is_seen_BNN, (self.longest, 0), value=True)
        slots_M = torch.arange(self.longest + num_new, device=is_seen_BNN.device)
        is_text_BM = slots_M < self.lengths_B[:, None]
        is_seen_BNM = is_text_BM[:, None].repeat(1, num_new, 1)
        slots_BN = self._slots_behind(num_new, is_seen_BNN.device)
        return is_seen_BNM.scatter(2, slots_BN[:, None].expand_as(is_seen_BNN), is_seen_BNN)

    def keep(self, kept: Sequence[Sequence[int]]) -> None:
        """Keep the tokens of the last pass that belong to the text.

        Args:
            kept: Per row, the indices of these tokens in the pass, ascending.
        """
        most = max(map(len, kept))
        if any(list(row) != list(range(len(row))) for row in kept):
            padded = [[*row, *([0] * (most - len(row)))] for row in kept]
            for store in self.stores:
                self._move_up(store, torch.tensor(padded, device=store.device))
        self.lengths = [a + len(row) for a, row in zip(self.lengths, kept, strict=True)]

    @property
    def lengths_B(self) -> Tensor:
        """Number of tokens in each row's text, on the device of the first layer."""
        return self._lengths_B(self.stores[0].device)

    @property
    def _is_even(self) -> bool:
        """Whether all texts have the same length."""
        return min(self.lengths) == self.longest

    def _lengths_B(self, device: torch.device) -> Tensor:
        return torch.tensor(self.lengths, device=device)

    def _slots_behind(self, num_new: int, device: torch.device) -> Tensor:
        """Return the (B, N) slots after each row's text."""
        return self._lengths_B(device)[:, None] + torch.arange(num_new, device=device)

    def _move_up(self, store: Tensor, places_BK: Tensor) -> None:
        """Move tokens of the last pass, given by their indices in it, to the end of the text."""
        num_kept, device = places_BK.shape[1], store.device
        rows_B1 = torch.arange(self.num_rows, device=device)[:, None]
        # Indexing by row and slot selects all heads and layers at once: (B, K, layers, 2, G, F).
        by_slot = store.permute(2, 4, 0, 1, 3, 5)
        by_slot[rows_B1, self._slots_behind(num_kept, device)] = by_slot[
            rows_B1, self._lengths_B(device)[:, None] + places_BK
        ]

    def write(self, store: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Write new keys and values of a layer after the texts; return all of the layer's.

        Raises:
            CacheFull: There are not enough slots.
        """
        num_new = keys.shape[2]
        first, last = self.longest, self.longest + num_new
        if last > self.num_slots:
            raise CacheFull(
                f'{last} tokens, but memory for {self.num_slots}; shorten the instruction, or '
                'raise max_prompt_tokens when loading the policy'
            )
        # Under autocast, they may have another number type than the weights.
        keys, values = keys.to(store.dtype), values.to(store.dtype)
        rows = store[:, : self.num_rows]
        if self._is_even:
            rows[0, :, :, first:last] = keys
            rows[1, :, :, first:last] = values
        else:
            rows_B1 = torch.arange(self.num_rows, device=store.device)[:, None]
            slots_BN = self._slots_behind(num_new, store.device)
            rows[0].transpose(1, 2)[rows_B1, slots_BN] = keys.transpose(1, 2)
            rows[1].transpose(1, 2)[rows_B1, slots_BN] = values.transpose(1, 2)
        return rows[0, :, :, :last], rows[1, :, :, :last]


class _Layer(CacheLayerMixin):
    """The interface that transformers expects of one layer of a cache."""

    def __init__(self, cache: SlotCache, store: Tensor) -> None:
        super().__init__()
        self._cache, self._store = cache, store
        self.is_initialized = True

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Do nothing: the memory is already allocated."""

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Write new keys and values; return all of the layer's."""
        return self._cache.write(self._store, key_states, value_states)

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Return the length and the offset of the keys."""
        return self._cache.longest + query_length, 0

    def get_seq_length(self) -> int:
        """Return the number of tokens in the longest text."""
        return self._cache.longest

    def get_max_length(self) -> int:
        """Return the number of slots per row."""
        return self._cache.num_slots
