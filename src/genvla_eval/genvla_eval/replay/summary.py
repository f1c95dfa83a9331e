# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Compute the figures of a replay for summary.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from genvla_eval.replay.answers import Row
from genvla_eval.replay.errors import summarize_errors
from genvla_eval.replay.text_figures import summarize_text


def summarize_rows(rows: Sequence[Row], period_s: float) -> dict[str, Any]:
    """Return the figures of one checkpoint's answers.

    Args:
        rows: At least one answer.
        period_s: Control period; a shorter latency is in time [s].
    """
    return {
        'answers': len(rows),
        'errors': summarize_errors(rows),
        'text': summarize_text(rows),
        'latency': _latency(rows, period_s),
        'safety': _safety(rows),
    }


def _latency(rows: Sequence[Row], period_s: float) -> dict[str, float]:
    times_s = np.array([row.inference_s for row in rows])
    p50, p95 = np.percentile(times_s, (50, 95))
    return {
        'p50_ms': 1e3 * float(p50),
        'p95_ms': 1e3 * float(p95),
        'first_action_p50_ms': 1e3 * float(np.median([row.first_action_s for row in rows])),
        'period_ms': 1e3 * period_s,
        'in_time': float((times_s <= period_s).mean()),
    }


def _safety(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the effect of the bridge, with its default limits, on the answers."""
    judged = [row.changed_H for row in rows if row.changed_H is not None]
    rules: Counter[str] = Counter()
    for row in rows:
        rules.update(row.rules)
    return {
        'judged_steps': sum(map(len, judged)),
        'changed_share': float(np.concatenate(judged).mean()) if judged else None,
        'rules': dict(sorted(rules.items())),
    }
