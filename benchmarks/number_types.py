# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure the speedup of bfloat16 over float32 on this CPU, at mid size: an action, a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
import time

import torch

from benchmarks.decoding.subjects import random_subject
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.inference.action_heads import TextHead
from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.packed_weight import has_amx
from genvla_policy.models.vla import VLA
from genvla_training.run.config import OptimizerOptions
from genvla_training.run.schedule import make_optimizer
from genvla_training.run.trainer import fit_attention

Measured = tuple[str, Sequence[float], str]

_DTYPES = (torch.float32, torch.bfloat16)
_SYSTEM, _SIZE = 'pi0_plus', 'mid'
_NUM_ACTIONS, _NUM_STEPS = 5, 3
_ROWS, _PROMPT_TOKENS, _ANSWER_TOKENS = 4, 20, 50


def number_types() -> list[Measured]:
    """Measure both number types in turn; return nothing if the processor has no AMX."""
    if not has_amx():
        print('this processor has no AMX for bfloat16: decode_mid_bf16_over_float32 and')
        print('train_mid_bf16_over_float32 are not measured')
        return []
    return [
        ('decode_mid_bf16_over_float32', _ratios(_actions(), _NUM_ACTIONS), ''),
        ('train_mid_bf16_over_float32', _ratios(_steps(), _NUM_STEPS), ''),
    ]


def _ratios(calls: Sequence[Callable[[], object]], count: int) -> list[float]:
    """Return the ratio of the first call's time to the second's, in each turn."""
    ratios = []
    for turn in range(count + 1):
        seconds = []
        for call in calls:
            started_s = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - started_s)
        # The first turn is for warm-up.
        if turn:
            ratios.append(seconds[0] / seconds[1])
    return ratios


def _actions() -> list[Callable[[], object]]:
    calls: list[Callable[[], object]] = []
    for dtype in _DTYPES:
        subject = random_subject(_SYSTEM, _SIZE, device=torch.device('cpu'), dtype=dtype)
        subject.model.fuse()
        head = TextHead(subject.model, subject.grammar, DecodingOptions(drafts=False))
        head.warm_up()
        calls.append(partial(head.answer, subject.pixels_NCSS[None], [subject.prompt_ids]))
    return calls


def _steps() -> list[Callable[[], object]]:
    """Return a training step per number type, with a shared model and optimizer."""
    subject = random_subject(_SYSTEM, _SIZE, device=torch.device('cpu'), dtype=torch.float32)
    model = subject.model.requires_grad_(True).train()
    model.vision_towers[model.frozen_tower].requires_grad_(False)
    fit_attention(model, torch.device('cpu'))
    optimizer = make_optimizer(model, OptimizerOptions())
    prompt, answer = [300] * _PROMPT_TOKENS, [400] * _ANSWER_TOKENS
    samples = [Sample.of_answer(subject.pixels_NCSS, prompt, answer)] * _ROWS
    batch = Batch.collate(samples, num_cameras=1, horizon=1, action_dim=7)
    return [partial(_step, model, optimizer, batch, dtype) for dtype in _DTYPES]


def _step(model: VLA, optimizer: torch.optim.Optimizer, batch: Batch, dtype: torch.dtype) -> None:
    """Run a training step as Accelerate does at this precision."""
    with torch.autocast('cpu', dtype, enabled=dtype != torch.float32):
        loss = model(batch)
    loss.total.backward()
    optimizer.step()
    optimizer.zero_grad()
