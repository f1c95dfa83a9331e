# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Likelihoods of the recorded actions under a language head, and its calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_eval.replay.answers import Row

Array = NDArray[np.float64]

_NUM_BINS = 10


def summarize_text(rows: Sequence[Row]) -> dict[str, Any] | None:
    """Return the head's scores of the recorded actions; None if nothing could be scored.

    Calibration compares the confidence of an answer (the geometric mean over its actions) with the
    share of the reference's tokens that were the most probable. Its error is weighted by the
    number of answers (Guo et al., On calibration of modern neural networks, 2017). It is None if
    the answers equal the recorded ones, because a head always finds its own text probable.
    """
    scored = [row for row in rows if row.score is not None]
    scores = [row.score for row in scored if row.score is not None]
    tokens = sum(score.num_tokens for score in scores)
    if not tokens:
        return None
    told = [row for row in rows if row.recorded_text]
    right = np.array([score.num_correct / score.num_tokens for score in scores])
    sure = np.array([_confidence(row) for row in scored])
    same = sum(row.text == row.recorded_text for row in told) / len(told) if told else None
    return {
        'token_accuracy': sum(score.num_correct for score in scores) / tokens,
        'nll_per_token': sum(score.nll for score in scores) / tokens,
        'same_text_as_recorded': same,
        'calibration': None if same == 1.0 else _calibration(sure, right),
    }


def _confidence(row: Row) -> float:
    """Return the geometric mean over the actions; NaN if the head gives no confidence."""
    known = row.confidence_H
    return float(np.exp(np.log(np.maximum(known, 1e-300)).mean())) if len(known) else float('nan')


def _calibration(sure: Array, right: Array) -> dict[str, Any] | None:
    known = np.isfinite(sure)
    sure, right = sure[known], right[known]
    if not len(sure):
        return None
    edges = np.linspace(0.0, 1.0, _NUM_BINS + 1)
    bins = np.clip(np.digitize(sure, edges) - 1, 0, _NUM_BINS - 1)
    table = [
        {
            'answers': int((bins == index).sum()),
            'confidence': float(sure[bins == index].mean()),
            'token_accuracy': float(right[bins == index].mean()),
        }
        for index in range(_NUM_BINS)
        if (bins == index).any()
    ]
    error = sum(
        each['answers'] / len(sure) * abs(each['confidence'] - each['token_accuracy'])
        for each in table
    )
    return {'expected_error': float(error), 'bins': table}
