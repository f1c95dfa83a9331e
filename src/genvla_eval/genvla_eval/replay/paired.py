# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Two checkpoints on the same moments: how sure one can be that they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_eval.replay.answers import Row
from genvla_eval.replay.errors import translation_errors

Array = NDArray[np.float64]

_BLOCK = 10
"""Moments in a row that are drawn together: neighbours see nearly the same picture."""
_NUM_DRAWS = 2000


def compare(first: Sequence[Row], second: Sequence[Row], *, seed: int = 0) -> dict[str, Any]:
    """Return differences, second less first, with their 95 % bootstrap intervals.

    Of the first step's translation error [mm], and of the reference's negative log-likelihood per
    token [nats] where both checkpoints print text; below 0 the second is better.
    """
    return {
        'translation_error_mm': difference(
            translation_errors(second) - translation_errors(first), seed=seed
        ),
        'nll_per_token': difference(_nll(second) - _nll(first), seed=seed),
    }


def difference(values_N: Array, *, seed: int) -> dict[str, float | None]:
    """Return the mean of paired differences and its 95 % interval; NaN values are left out.

    A moving-block bootstrap: Kuensch, The jackknife and the bootstrap for general stationary
    observations, Annals of Statistics 17 (1989).
    """
    values = values_N[np.isfinite(values_N)]
    if not len(values):
        return {'mean': None, 'low': None, 'high': None}
    block = min(_BLOCK, len(values))
    num_blocks = -(-len(values) // block)
    starts = np.random.default_rng(seed).integers(
        0, len(values) - block + 1, (_NUM_DRAWS, num_blocks)
    )
    drawn = values[starts[:, :, None] + np.arange(block)].reshape(_NUM_DRAWS, -1)
    means = drawn[:, : len(values)].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return {'mean': float(values.mean()), 'low': float(low), 'high': float(high)}


def _nll(rows: Sequence[Row]) -> Array:
    return np.array(
        [
            np.nan if row.score is None else row.score.nll / max(row.score.num_tokens, 1)
            for row in rows
        ]
    )
