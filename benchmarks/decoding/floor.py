# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The minimum time to print tokens one after another, given by the memory bandwidth."""

from __future__ import annotations

import time

import torch

from benchmarks.decoding.subjects import Subject

_BYTES = 1 << 29
_NUM_READS = 5


def read_bytes_per_s(device: torch.device) -> float:
    """Measure this machine's memory read rate: the best of several sums over 512 MiB [B/s]."""
    numbers = torch.ones(_BYTES // 4, device=device)
    best_s = float('inf')
    for _ in range(_NUM_READS):
        started_s = time.perf_counter()
        numbers.sum().item()
        best_s = min(best_s, time.perf_counter() - started_s)
    return _BYTES / best_s


def sequential_floor_s(subject: Subject, num_tokens: int, bytes_per_s: float) -> float:
    """Return the time to read the language model's weights once per token [s].

    The pass of a token reads every weight of the trunk, and the whole head to score it. Of the
    embedding, it reads only one row.
    """
    model = subject.model
    trunk = [weight for weight in model.trunk.parameters() if weight is not model.embedding.weight]
    num_bytes: int = sum(each.numel() * each.element_size() for each in [*trunk, model.head_VD])
    return num_tokens * num_bytes / bytes_per_s
