# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How fast actions are printed; the whole table is `python -m genvla_policy.decoding.bench`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
import time

import numpy as np
import torch

from genvla_policy.decoding.bench.engines import FEWEST, OURS, PLANNED
from genvla_policy.decoding.bench.rows import measure
from genvla_policy.decoding.bench.subjects import INSTRUCTION, random_subject
from genvla_policy.models.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.observation import Observation
from genvla_policy.policy import Policy

Measured = tuple[str, Sequence[float], str]

_NUM_ACTIONS = 40


def decoding(folder: Path) -> list[Measured]:
    """From a picture to an action, and beside transformers' generate on the same weights.

    Args:
        folder: Where a checkpoint can be written.
    """
    return [*_sizes(), *_infer(folder)]


def _sizes() -> list[Measured]:
    measured: list[Measured] = []
    for size, repeats in (('tiny', 20), ('mid', 3)):
        subject = random_subject('pi0_plus', size, device=torch.device('cpu'), dtype=torch.float32)
        rows = {
            (row.engine, row.features): row
            for row in measure(subject, repeats=repeats, compiled=False)
        }
        eager_ms = rows['transformers generate', 'eager'].ms_per_action_median
        ours_ms = rows[OURS, PLANNED].ms_per_action_median
        measured += [
            (f'decode_{size}_ms', [ours_ms], 'ms'),
            (f'decode_{size}_over_generate', [eager_ms / ours_ms], ''),
        ]
        if size == 'tiny':
            measured.append(('decode_passes', [rows[OURS, FEWEST].passes_per_action], ''))
    return measured


def _infer(folder: Path) -> list[Measured]:
    write_tiny_checkpoint(folder, tiny_config(), seed=0)
    policy = Policy.load(folder, device='cpu')
    policy.warm_up()
    rng = np.random.default_rng(0)
    rates: list[float] = []
    for number in range(_NUM_ACTIONS):
        picture = rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
        started_s = time.perf_counter()
        policy.infer(Observation((picture,), INSTRUCTION, 0.2 * number))
        rates.append(1.0 / (time.perf_counter() - started_s))
    return [('infer_tiny_per_s', rates, '1/s')]
