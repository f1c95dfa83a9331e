# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The least time in which one token after another can be printed: memory has to be read."""

from __future__ import annotations

import time

import torch

from benchmarks.decoding.subjects import Subject

_BYTES = 1 << 29
_NUM_READS = 5


def read_bytes_per_s(device: torch.device) -> float:
    """Measure how fast this machine reads memory: the best of some sums over 512 MiB [B/s]."""
    numbers = torch.ones(_BYTES // 4, device=device)
    best_s = float('inf')
    for _ in range(_NUM_READS):
        started_s = time.perf_counter()
        numbers.sum().item()
        best_s = min(best_s, time.perf_counter() - started_s)
    return _BYTES / best_s


def sequential_floor_s(subject: Subject, num_tokens: int, bytes_per_s: float) -> float:
    """Return the time to read the language model's weights once per token [s].

    A token's pass reads every weight of the trunk, and the whole head to score it; the embedding
    is not read but for a row.
    """
    model = subject.model
    trunk = [weight for weight in model.trunk.parameters() if weight is not model.embedding.weight]
    num_bytes: int = sum(each.numel() * each.element_size() for each in [*trunk, model.head_VD])
    return num_tokens * num_bytes / bytes_per_s
