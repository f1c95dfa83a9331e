# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Compare two checkpoints on the same moments, with the confidence of their difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_eval.replay.answers import Row
from genvla_eval.replay.errors import runs_of, translation_errors

Array = NDArray[np.float64]

_NUM_DRAWS = 2000
_FEWEST_BLOCKS = 5
"""With fewer blocks, a bootstrap interval would be misleading."""


def compare(first: Sequence[Row], second: Sequence[Row], *, seed: int) -> dict[str, Any]:
    """Return differences, second minus first, with their 95 % bootstrap intervals.

    They cover the first step's translation error [mm] and, if both checkpoints print text, the
    reference's negative log-likelihood per token [nats]. Below 0, the second checkpoint is better.
    """
    return {
        'translation_error_mm': difference(
            translation_errors(second) - translation_errors(first), _run_numbers(first), seed=seed
        ),
        'nll_per_token': difference(_nll(second) - _nll(first), _run_numbers(first), seed=seed),
    }


def difference(values_N: Array, runs_N: Array, *, seed: int) -> dict[str, float | None]:
    """Return the mean of paired differences and its 95 % interval; NaN values are ignored.

    The interval is from a moving-block bootstrap: neighbours see nearly the same picture, so
    blocks of them are drawn together. The block length is the cube root of the number of values.
    Source: Kuensch, The jackknife and the bootstrap for general stationary observations, Annals of
    Statistics 17 (1989).

    Args:
        values_N: Differences in chronological order.
        runs_N: Number of each value's run; no block spans two runs.
        seed: Seed of the draws.

    Returns:
        mean, low and high; all None if no value is known, and the bounds None if there are too few
        values.
    """
    known = np.isfinite(values_N)
    values, runs = values_N[known], runs_N[known]
    if not len(values):
        return {'mean': None, 'low': None, 'high': None}
    mean = float(values.mean())
    block = int(np.ceil(len(values) ** (1 / 3)))
    first = np.arange(len(values) - block + 1)
    starts = first[runs[first] == runs[first + block - 1]]
    num_blocks = -(-len(values) // block)
    if min(num_blocks, len(starts)) < _FEWEST_BLOCKS:
        return {'mean': mean, 'low': None, 'high': None}
    drawn = np.random.default_rng(seed).choice(starts, (_NUM_DRAWS, num_blocks))
    means = values[drawn[:, :, None] + np.arange(block)].mean(axis=(1, 2))
    low, high = np.percentile(means, (2.5, 97.5))
    return {'mean': mean, 'low': float(low), 'high': float(high)}


def _run_numbers(rows: Sequence[Row]) -> Array:
    return np.concatenate(
        [np.full(len(run), number, dtype=np.float64) for number, run in enumerate(runs_of(rows))]
    )


def _nll(rows: Sequence[Row]) -> Array:
    return np.array(
        [
            np.nan if row.score is None else row.score.nll / max(row.score.num_tokens, 1)
            for row in rows
        ]
    )
