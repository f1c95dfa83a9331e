# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure the speed of printing actions; the full table is `python -m benchmarks.decoding`."""

from __future__ import annotations

from collections.abc import Sequence
import time
from typing import Any

import numpy as np
import torch

from benchmarks.decoding.engines import FEWEST, OURS, PLANNED
from benchmarks.decoding.rows import measure
from benchmarks.decoding.subjects import INSTRUCTION, random_subject
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.inference.action_heads import Answer
from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_sim.tasks.tabletop_env import CONTROL_PERIOD_S, TabletopEnv

Measured = tuple[str, Sequence[float], str]

_NUM_ACTIONS = 40
_DRAFT_TASKS = ('PickCarrot', 'PickEggplant', 'PickKnife')
_DRAFT_STEPS = 25


def decoding() -> list[Measured]:
    """Measure from picture to action, and transformers' generate on the same weights."""
    return [*_sizes(), *_infer(), *_drafts()]


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


def _infer() -> list[Measured]:
    policy = Policy.load(SHIPPED_CHECKPOINT, device='cpu')
    policy.warm_up()
    rng = np.random.default_rng(0)
    rates: list[float] = []
    for number in range(_NUM_ACTIONS):
        picture = rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
        started_s = time.perf_counter()
        policy.infer(Observation((picture,), INSTRUCTION, 0.2 * number))
        rates.append(1.0 / (time.perf_counter() - started_s))
    return [('infer_tiny_per_s', rates, '1/s')]


def _drafts() -> list[Measured]:
    """Measure the trained policy in closed loop, with and without drafts: the same actions."""
    measured: list[Measured] = []
    for drafts, name in ((False, 'closed_loop'), (True, 'closed_loop_drafts')):
        policy = Policy.load(
            SHIPPED_CHECKPOINT, device='cpu', decoding=DecodingOptions(drafts=drafts)
        )
        policy.warm_up()
        passes = _count_passes(policy)
        times_ms = [1e3 * time_s for task in _DRAFT_TASKS for time_s in _act(policy, task)]
        measured += [
            (f'{name}_ms', times_ms, 'ms'),
            (f'{name}_passes', [float(np.mean(passes))], ''),
        ]
    return measured


def _act(policy: Policy, task: str) -> list[float]:
    """Return the latencies of the answers in an episode's first steps [s]."""
    env = TabletopEnv(task)
    seen, info = env.reset(seed=0)
    times_s: list[float] = []
    for step in range(_DRAFT_STEPS):
        asked = Observation((seen['image'],), info['instruction'], step * CONTROL_PERIOD_S)
        started_s = time.perf_counter()
        action = policy.infer(asked).actions[0]
        times_s.append(time.perf_counter() - started_s)
        seen, _, _, _, info = env.step(action)
    env.close()
    return times_s


def _count_passes(policy: Policy) -> list[float]:
    """Return a list that collects the number of passes of every later answer."""
    passes: list[float] = []
    answer = policy.head.answer

    def counted(*args: Any, **kwargs: Any) -> list[Answer]:
        answers = answer(*args, **kwargs)
        passes.append(answers[0].num_passes)
        return answers

    # Patch only this policy's head.
    policy.head.answer = counted  # type: ignore[method-assign]
    return passes
