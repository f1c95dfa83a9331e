# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Errors of answers relative to the recorded actions, in physical units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_DIM, ACTION_NAMES
from genvla_eval.replay.answers import Row

Array = NDArray[np.float64]

UNITS = ('mm', 'mm', 'mm', 'deg', 'deg', 'deg', '')
SCALE_A = np.array([1e3, 1e3, 1e3, *np.degrees(np.ones(3)), 1.0])
"""Factors from m and rad to the units of reports."""

_STILL_M = 0.001
"""Shortest motion that has a direction [m]."""
_MOVED_M = 0.005
"""A first step that the robot clearly made [m]."""
_MANY_STUCK = 0.2
_LATEST_S = 2.0
"""Maximum time between two gripper motions that count as the same one [s]."""
_OPEN = 0.5
_LONGEST_PAUSE_S = 1.0
"""Rows further apart than this belong to different motions [s]."""


def stack(rows: Sequence[Row]) -> tuple[Array, Array]:
    """Return predictions and references, (N, H, 7) each, in mm, degrees and gripper openings.

    Step 0 is the first that the policy decided; NaN stands for the steps beyond the horizon.
    """
    predicted = np.stack([_decided(row.predicted_HA, row.num_committed) for row in rows])
    reference = np.stack([_decided(row.reference_HA, row.num_committed) for row in rows])
    return predicted * SCALE_A, reference * SCALE_A


def translation_errors(rows: Sequence[Row]) -> Array:
    """Return the distance of each first step's translation from the recorded one, (N,) [mm]."""
    return np.array([row.translation_error_mm for row in rows])


def summarize_errors(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the errors over all steps by dimension, and by step of the horizon.

    A number is None if nothing is known about it.
    """
    predicted, reference = stack(rows)
    difference = predicted - reference
    flat = difference.reshape(-1, ACTION_DIM)
    by_step = [
        {
            'step': step,
            'translation_mm': _mean(np.linalg.norm(difference[:, step, :3], axis=1)),
            'rotation_deg': _mean(np.linalg.norm(difference[:, step, 3:6], axis=1)),
            'gripper_accuracy': _agreement(predicted[:, step, 6], reference[:, step, 6]),
        }
        for step in range(difference.shape[1])
    ]
    return {
        'compared': int(np.isfinite(flat[:, 0]).sum()),
        'by_dimension': {
            name: {
                'unit': unit,
                'mae': _mean(np.abs(flat[:, index])),
                'rmse': _root(_mean(flat[:, index] ** 2)),
                'bias': _mean(flat[:, index]),
            }
            for index, (name, unit) in enumerate(zip(ACTION_NAMES, UNITS, strict=True))
        },
        'by_step': by_step,
        'stuck_share': _stuck(predicted, reference),
        'direction_cosine': _cosine(predicted[..., :3], reference[..., :3]),
        'gripper_accuracy': _agreement(predicted[..., 6], reference[..., 6]),
        'gripper_timing': gripper_timing(rows),
        'smoothness_mm': {
            'predicted': _mean(np.concatenate(_changes(rows, predicted))),
            'reference': _mean(np.concatenate(_changes(rows, reference))),
        },
    }


def stuck_notice(name: str, result: dict[str, Any]) -> str:
    """Return a warning if a policy often stands still where the robot moved; empty otherwise."""
    share = result['errors']['stuck_share']
    if share is None or share < _MANY_STUCK:
        return ''
    return (
        f'{name} stands still in {share:.0%} of the moments in which the robot moved by more than '
        f'{1e3 * _MOVED_M:.0f} mm; on the robot it may get stuck there'
    )


def gripper_timing(rows: Sequence[Row]) -> dict[str, Any]:
    """Return how much later than recorded the gripper is commanded to open or close.

    Every recorded change of the first step's gripper is paired with the nearest predicted change
    in the same direction within 2 s. A recorded change without a pair counts as missed.
    """
    late_s: list[float] = []
    missed = 0
    for group in runs_of(rows):
        times_s = np.array([row.time_s for row in group])
        done = _switches(times_s, np.array([row.first_reference_A[6] for row in group]))
        said = _switches(times_s, np.array([row.first_predicted_A[6] for row in group]))
        for at_s, opens in done:
            same = [other_s - at_s for other_s, other in said if other == opens]
            near = [late for late in same if abs(late) <= _LATEST_S]
            if near:
                late_s.append(min(near, key=abs))
            else:
                missed += 1
    return {
        'recorded': len(late_s) + missed,
        'missed': missed,
        'mean_late_s': float(np.mean(late_s)) if late_s else None,
    }


def runs_of(rows: Sequence[Row]) -> list[list[Row]]:
    """Split the rows into stretches without a pause, each of one bag and one instruction."""
    runs: list[list[Row]] = []
    for row in rows:
        last = runs[-1][-1] if runs else None
        goes_on = (
            last is not None
            and (last.bag, last.instruction) == (row.bag, row.instruction)
            and 0.0 <= row.time_s - last.time_s <= _LONGEST_PAUSE_S
        )
        if goes_on:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _decided(actions_HA: Array, num_committed: int) -> Array:
    beyond_KA = np.full((num_committed, ACTION_DIM), np.nan)
    return np.concatenate([actions_HA[num_committed:], beyond_KA])


def _switches(times_s: Array, openings: Array) -> list[tuple[float, bool]]:
    known = np.isfinite(openings)
    times_s, is_open = times_s[known], openings[known] > _OPEN
    at = np.flatnonzero(np.diff(is_open.astype(int))) + 1
    return [(float(times_s[index]), bool(is_open[index])) for index in at]


def _changes(rows: Sequence[Row], values_NHA: Array) -> list[Array]:
    """Return the differences between successive first translations within each run [mm]."""
    changes, first = [np.empty(0)], 0
    for run in runs_of(rows):
        steps = values_NHA[first : first + len(run), 0, :3]
        changes.append(np.linalg.norm(np.diff(steps, axis=0), axis=1))
        first += len(run)
    return changes


def _stuck(predicted: Array, reference: Array) -> float | None:
    """Return the share of moments whose first step should move the arm, but does not."""
    asked, done = (np.linalg.norm(each[:, 0, :3], axis=1) for each in (predicted, reference))
    moved = done > 1e3 * _MOVED_M
    return float((asked[moved] < 1e3 * _STILL_M).mean()) if moved.any() else None


def _cosine(predicted: Array, reference: Array) -> float | None:
    sizes = np.linalg.norm(predicted, axis=-1), np.linalg.norm(reference, axis=-1)
    moving = (sizes[0] > 1e3 * _STILL_M) & (sizes[1] > 1e3 * _STILL_M)
    if not moving.any():
        return None
    dots = (predicted * reference).sum(axis=-1)[moving]
    return float((dots / (sizes[0][moving] * sizes[1][moving])).mean())


def _agreement(predicted: Array, reference: Array) -> float | None:
    known = np.isfinite(reference) & np.isfinite(predicted)
    if not known.any():
        return None
    return float(((predicted > _OPEN) == (reference > _OPEN))[known].mean())


def _mean(values: Array) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _root(value: float | None) -> float | None:
    return None if value is None else float(np.sqrt(value))
