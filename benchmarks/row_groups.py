# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure the training speedup of attending rows only in groups of similar length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
import contextlib
import time
from unittest.mock import patch

import torch

from benchmarks.decoding.subjects import random_subject
from genvla_policy.models import unpadded
from genvla_policy.models.batch import Batch, Sample
from genvla_training.run.trainer import fit_attention

Measured = tuple[str, Sequence[float], str]

_LONG, _SHORT = 400, 60
"""Tokens of a chunk of eight actions, and of one that ends after its first action."""
_ROWS, _LONG_ROWS, _NUM_STEPS = 32, 8, 3
_PROMPT_TOKENS = 12


def row_groups() -> list[Measured]:
    """Measure forward and backward passes with all rows together and in groups, in turn."""
    subject = random_subject('pi0_plus', 'tiny', device=torch.device('cpu'), dtype=torch.float32)
    model = subject.model.requires_grad_(True).train()
    model.vision_towers[model.frozen_tower].requires_grad_(False)
    fit_attention(model, torch.device('cpu'))
    lengths = [_LONG] * _LONG_ROWS + [_SHORT] * (_ROWS - _LONG_ROWS)
    samples = [
        Sample.of_answer(subject.pixels_NCSS, [300] * _PROMPT_TOKENS, [400] * length)
        for length in lengths
    ]
    batch = Batch.collate(samples, num_cameras=1, horizon=1, action_dim=7)
    ratios = []
    for turn in range(_NUM_STEPS + 1):
        with _all_rows_together():
            together_s = _step_s(model, batch)
        grouped_s = _step_s(model, batch)
        # The first turn is for warm-up.
        if turn:
            ratios.append(together_s / grouped_s)
    return [('train_tiny_together_over_grouped', ratios, '')]


@contextlib.contextmanager
def _all_rows_together() -> Iterator[None]:
    with patch.object(unpadded, '_SIMILAR', 0.0), patch.object(unpadded, '_CACHED', 2**62):
        yield


def _step_s(model: torch.nn.Module, batch: Batch) -> float:
    began_s = time.perf_counter()
    model(batch).total.backward()
    model.zero_grad()
    return time.perf_counter() - began_s
