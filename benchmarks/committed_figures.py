# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure answers that begin with committed actions: passes and milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
import time

import numpy as np
import torch

from benchmarks.decoding.subjects import random_subject
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.decoding.plan import PassCosts
from genvla_policy.inference.action_heads import Answer, TextHead

Measured = tuple[str, Sequence[float], str]

HORIZON = 8
NUM_COMMITTED = (0, 2, 4, 6)


def committing(*, repeats: int = 20, pass_costs: PassCosts | None = None) -> list[Measured]:
    """Answer pictures of noise with an increasing number of eight actions committed, in turn.

    `chunk_committed_K_first_ms` is the time to the first action that is not committed.

    Args:
        repeats: Number of pictures, after one for warm-up.
        pass_costs: Costs of passes. None: measure them.
    """
    subject = random_subject(
        'pi0_plus',
        'tiny',
        device=torch.device('cpu'),
        dtype=torch.float32,
        horizon=HORIZON,
        action_format='int1000',
    )
    subject.model.fuse()
    head = TextHead(
        subject.model, subject.grammar, DecodingOptions(drafts=False, pass_costs=pass_costs)
    )
    noise, rng = torch.Generator().manual_seed(0), np.random.default_rng(0)
    figures: dict[str, list[float]] = {}
    for turn in range(repeats + 1):
        pixels_NCSS = torch.rand(subject.pixels_NCSS.shape, generator=noise) * 2.0 - 1.0
        actions_HA = rng.uniform(0.0, 1.0, (HORIZON, subject.model.config.action_dim))
        for number in NUM_COMMITTED:
            first_s: list[float] = []

            def watch(first: Answer, first_s: list[float] = first_s) -> None:
                first_s.append(time.perf_counter())

            started_s = time.perf_counter()
            [answer] = head.answer(
                pixels_NCSS[None],
                [subject.prompt_ids],
                committed=[actions_HA[:number]],
                watch=watch,
            )
            whole_ms = 1e3 * (time.perf_counter() - started_s)
            if not turn:
                continue
            name = f'chunk_committed_{number}'
            figures.setdefault(f'{name}_passes', []).append(answer.num_passes)
            figures.setdefault(f'{name}_ms', []).append(whole_ms)
            # A chunk that is complete in the same pass is not delivered early.
            first_ms = 1e3 * (first_s[0] - started_s) if first_s else whole_ms
            figures.setdefault(f'{name}_first_ms', []).append(first_ms)
    for number in NUM_COMMITTED[1:]:
        name = f'chunk_committed_{number}'
        pairs = zip(figures[f'{name}_ms'], figures['chunk_committed_0_ms'], strict=True)
        figures[f'{name}_of_whole'] = [part / whole for part, whole in pairs]
    return [
        (name, values, 'ms' if name.endswith('_ms') else '') for name, values in figures.items()
    ]
