# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Write the answers to a parquet file, one row per moment and checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from genvla_eval.replay.answers import Row
from genvla_eval.replay.errors import translation_errors


def write_table(path: Path, rows_by_checkpoint: Mapping[str, Sequence[Row]]) -> None:
    """Write the rows of every checkpoint.

    Columns: checkpoint, bag, time_s [s since the epoch], instruction, text, recorded_text,
    predicted and reference (H times dx dy dz [m], droll dpitch dyaw [rad], gripper; flat, NaN
    where unknown), confidence (H), inference_s and first_action_s [s], translation_error_mm (of
    the first step), reference_nll [nats], reference_tokens, reference_correct, changed (H; whether
    the bridge would change the step) and rules.
    """
    entries = [
        _entry(checkpoint, row, float(error_mm))
        for checkpoint, rows in rows_by_checkpoint.items()
        for row, error_mm in zip(rows, translation_errors(rows), strict=True)
    ]
    parquet.write_table(pa.Table.from_pylist(entries), path)


def _entry(checkpoint: str, row: Row, error_mm: float) -> dict[str, Any]:
    return {
        'checkpoint': checkpoint,
        'bag': row.bag,
        'time_s': row.time_s,
        'instruction': row.instruction,
        'text': row.text,
        'recorded_text': row.recorded_text,
        'predicted': row.predicted_HA.ravel().tolist(),
        'reference': row.reference_HA.ravel().tolist(),
        'confidence': row.confidence_H.tolist(),
        'inference_s': row.inference_s,
        'first_action_s': row.first_action_s,
        'translation_error_mm': error_mm,
        'reference_nll': None if row.score is None else row.score.nll,
        'reference_tokens': None if row.score is None else row.score.num_tokens,
        'reference_correct': None if row.score is None else row.score.num_correct,
        'changed': None if row.changed_H is None else row.changed_H.tolist(),
        'rules': ', '.join(f'{rule} {count}' for rule, count in row.rules.items()),
    }
