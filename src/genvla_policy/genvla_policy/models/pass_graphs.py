# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Passes over few tokens as CUDA graphs: one launch instead of hundreds.

A graph reads and writes the same memory every time. So a pass of each shape has its own inputs,
and it attends to all slots of the cache, with a mask that leaves only the filled ones.

Shape suffixes: B rows, N tokens of a pass, M slots.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from transformers.cache_utils import Cache

from genvla_policy.models.slot_cache import SlotCache
from genvla_policy.models.token_tree import TreeBatch

Read = Callable[[Tensor, Tensor, Tensor, Cache], Tensor]
"""Reads (B, N) token ids with a (B, N, M) mask and (B, N) positions in the text."""
Run = Callable[[], Tensor]
"""Computes from fixed memory."""

_MOST_GRAPHS = 64
"""Maximum per cache: drafts can make a pass of any size, and each graph takes memory."""


class PassGraphs:
    """The passes that have been captured.

    A shape is captured when it occurs for the second time: capturing a rare shape does not pay.
    """

    def __init__(self, read: Read, *, capture: Callable[[Run], Run] | None = None) -> None:
        """Start without any.

        Args:
            read: Runs the model with fused layers, which only call update() of a cache.
            capture: Returns a function that repeats a captured computation. None: use CUDA.
        """
        self._read = read
        self._capture = capture or _CudaCapture()
        self._captured: WeakKeyDictionary[SlotCache, dict[tuple[int, int], _Pass]]
        self._captured = WeakKeyDictionary()
        self._seen: WeakKeyDictionary[SlotCache, Counter[tuple[int, int]]] = WeakKeyDictionary()

    @property
    def num_captured(self) -> int:
        """Number of passes that have been captured."""
        return sum(map(len, self._captured.values()))

    def __call__(self, batch: TreeBatch, cache: SlotCache) -> Tensor | None:
        """Read trees after the contents of the cache.

        Returns:
            (B, N, D) final hidden states, valid until the next pass, because graphs share their
            memory. None if the shape has not been captured; read it without a graph.
        """
        num_rows, num_new = shape = batch.token_ids_BN.shape[0], batch.token_ids_BN.shape[1]
        if num_rows != cache.num_rows or cache.longest + num_new > cache.num_slots:
            return None
        passes = self._captured.setdefault(cache, {})
        if shape not in passes:
            seen = self._seen.setdefault(cache, Counter())
            seen[shape] += 1
            if seen[shape] < 2 or len(passes) == _MOST_GRAPHS:
                return None
            cache.is_read_whole = True
            passes[shape] = _Pass(self._read, batch, cache, self._capture)
        return passes[shape](batch, cache)


class _Pass:
    """A captured pass of one shape."""

    def __init__(
        self, read: Read, batch: TreeBatch, cache: SlotCache, capture: Callable[[Run], Run]
    ) -> None:
        self._inputs = [each.clone() for each in _inputs(batch, cache)]
        # A reference to the cache would keep it alive: it is a key of a WeakKeyDictionary.
        (whole,), num_slots = cache.stores, cache.num_slots
        store = whole[:, :, : cache.num_rows]

        def run() -> Tensor:
            ids_BN, depths_BN, is_seen_BNN, lengths_B = self._inputs
            num_new = ids_BN.shape[1]
            slots_M = torch.arange(num_slots, device=ids_BN.device)
            slots_BN = lengths_B[:, None] + slots_M[:num_new]
            is_text_BNM = (slots_M < lengths_B[:, None])[:, None].repeat(1, num_new, 1)
            places_BNN = slots_BN[:, None].expand_as(is_seen_BNN)
            mask_BNM = is_text_BNM.scatter(2, places_BNN, is_seen_BNN)
            return read(
                ids_BN, mask_BNM, lengths_B[:, None] + depths_BN, _FixedView(store, slots_BN)
            )

        self._run = capture(run)

    def __call__(self, batch: TreeBatch, cache: SlotCache) -> Tensor:
        for mine, given in zip(self._inputs, _inputs(batch, cache), strict=True):
            mine.copy_(given)
        return self._run()


def _inputs(batch: TreeBatch, cache: SlotCache) -> tuple[Tensor, ...]:
    return batch.token_ids_BN, batch.depths_BN, batch.is_seen_BNN, cache.lengths_B


class _FixedView:
    """A cache in which every pass sees all slots, and writes the given ones."""

    def __init__(self, store: Tensor, slots_BN: Tensor) -> None:
        self._store = store
        self._slots_BN = slots_BN
        self._rows_B1 = torch.arange(len(slots_BN), device=store.device)[:, None]

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Write new keys and values of a layer; return all of the layer's slots."""
        keys, values = self._store[layer_idx]
        keys.transpose(1, 2)[self._rows_B1, self._slots_BN] = key_states.transpose(1, 2)
        values.transpose(1, 2)[self._rows_B1, self._slots_BN] = value_states.transpose(1, 2)
        return keys, values


class _CudaCapture:
    """Captures CUDA graphs into shared memory, because only one of them runs at a time."""

    def __init__(self) -> None:
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, run: Run) -> Run:
        # The set-up in libraries' first calls must not be captured. (Stream has no types.)
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(2):
                run()
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            hidden_BND = run()

        def replay() -> Tensor:
            graph.replay()
            return hidden_BND

        return replay
