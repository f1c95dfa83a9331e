# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks of the actions of a robot data set; each check yields its findings as sentences.

Shape suffixes: N steps of all episodes, T steps of an episode, A action dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import GRIPPER
from genvla_training.inspect.action_units import DIMENSIONS

Actions = NDArray[np.float64]

LONGEST_PAUSE_S = 1.0
LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 2.0, 15.0
"""Rates that a policy of a few actions per answer serves; RLDS sets of arms have 3 to 15 Hz."""
LARGEST_TRANSLATION_M = 0.3
LARGEST_ROTATION_RAD = 1.5
"""Thresholds for one step [m, rad]; larger values suggest another unit: cm, mm or degrees."""

_STILL_M, _STILL_RAD, _STILL_GRIPPER = 1e-4, 1e-3, 1e-2
_SMALL_RANGE_A = np.array([1e-3] * 3 + [5e-3] * 3 + [0.1])
"""Minimum range between q01 and q99; a smaller one hardly matters to the task, or its unit is
wrong."""
_GRIPPER_TOLERANCE = 1e-3
_NUM_NAMED = 5


def robot_notices(actions: Mapping[int, Actions], *, control_rate_hz: float) -> list[str]:
    """Return oddities to check before training.

    Args:
        actions: (T, 7) actions of each episode, by its number; at least one episode.
        control_rate_hz: Steps per second [Hz].
    """
    return [
        *_rate(control_rate_hz),
        *_small_ranges(np.concatenate(list(actions.values()))),
        *_gripper_range(actions),
        *_units(actions, slice(0, 3), LARGEST_TRANSLATION_M, 'translations over 30 cm', 'metres'),
        *_units(actions, slice(3, 6), LARGEST_ROTATION_RAD, 'rotations over 86 deg', 'radians'),
        *_pauses(actions, control_rate_hz),
    ]


def range_flag(dimension: int, q01: float, q99: float) -> str:
    """Return a remark on the range [SI] of a dimension; empty if it moves normally."""
    if q01 == q99:
        return 'never moves'
    return 'hardly moves' if q99 - q01 < _SMALL_RANGE_A[dimension] else ''


def is_still(actions_TA: Actions) -> NDArray[np.bool_]:
    """Return whether each of the T steps leaves the arm and the gripper still."""
    gripper_T = actions_TA[:, GRIPPER]
    return np.asarray(
        (np.abs(actions_TA[:, :3]) < _STILL_M).all(axis=1)
        & (np.abs(actions_TA[:, 3:6]) < _STILL_RAD).all(axis=1)
        & (np.abs(np.diff(gripper_T, prepend=gripper_T[:1])) < _STILL_GRIPPER)
    )


def runs(is_true_T: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the start and length of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_true_T, [False]]).astype(np.int8)))
    starts, ends = edges[::2].tolist(), edges[1::2].tolist()
    return [(start, end - start) for start, end in zip(starts, ends, strict=True)]


def longest_run(is_true_T: NDArray[np.bool_]) -> int:
    """Return the length of the longest run of True."""
    return max((length for _, length in runs(is_true_T)), default=0)


def _rate(control_rate_hz: float) -> Iterator[str]:
    if control_rate_hz > HIGHEST_RATE_HZ:
        yield (
            f'the rate is {control_rate_hz:g} Hz, so a chunk of 8 actions lasts '
            f'{8 / control_rate_hz:.2f} s; if an answer takes longer, the arm waits for it: train '
            f'with --model.horizon {round(control_rate_hz)} for a second per answer, or convert '
            'the recordings at a lower rate (genvla data convert --control-rate-hz 5)'
        )
    elif control_rate_hz < LOWEST_RATE_HZ:
        yield (
            f'the rate is {control_rate_hz:g} Hz, so the policy looks at the scene every '
            f'{1 / control_rate_hz:.1f} s at best; convert the recordings at a higher rate '
            '(genvla data convert --control-rate-hz 5)'
        )


def _small_ranges(actions_NA: Actions) -> Iterator[str]:
    q01_A, q99_A = np.quantile(actions_NA, [0.01, 0.99], axis=0)
    for number, dimension in enumerate(DIMENSIONS):
        flag = range_flag(number, q01_A[number], q99_A[number])
        if not flag:
            continue
        low, high = q01_A[number] * dimension.scale, q99_A[number] * dimension.scale
        text = f'{dimension.label} {flag}: q01 is {low:.3g} and q99 is {high:.3g}'
        if number == GRIPPER:
            yield f'{text}; check that the robot grasps in these tasks'
        elif flag == 'never moves':
            yield f'{text}; training rejects it unless allow_still is set'
        else:
            yield f'{text}; normalisation scales its noise to the full range'


def _gripper_range(actions: Mapping[int, Actions]) -> Iterator[str]:
    low, high = -_GRIPPER_TOLERANCE, 1.0 + _GRIPPER_TOLERANCE
    outside = {
        number: int(((values := actions_TA[:, GRIPPER]) < low).sum() + (values > high).sum())
        for number, actions_TA in actions.items()
    }
    found = [number for number, count in outside.items() if count]
    if found:
        values = np.concatenate([actions[number][:, GRIPPER] for number in found])
        yield (
            f'gripper leaves [0, 1] in {sum(outside.values())} steps of {_named(found)}: its '
            f'values there are {values.min():.3g} to {values.max():.3g}, expected 0 (closed) to 1 '
            '(open)'
        )


def _units(
    actions: Mapping[int, Actions], part: slice, limit: float, what: str, expected: str
) -> Iterator[str]:
    peaks = {number: np.abs(values[:, part]).max() for number, values in actions.items()}
    found = [number for number, peak in peaks.items() if peak > limit]
    if found:
        yield (
            f'{what} in one step in {_named(found)}, at most {max(peaks.values()):.3g}; check '
            f'that they are in {expected}, and changes from one step to the next'
        )


def _pauses(actions: Mapping[int, Actions], control_rate_hz: float) -> Iterator[str]:
    pauses_s = {
        number: longest_run(is_still(actions_TA)) / control_rate_hz
        for number, actions_TA in actions.items()
    }
    found = [number for number, pause_s in pauses_s.items() if pause_s > LONGEST_PAUSE_S]
    if found:
        yield (
            f'nothing moves for more than {LONGEST_PAUSE_S:g} s in {_named(found)}, at most '
            f'{max(pauses_s.values()):.1f} s; a policy that learns to stand still may never move '
            'again: cut the pauses'
        )


def _named(numbers: Sequence[int]) -> str:
    named = ', '.join(str(number) for number in numbers[:_NUM_NAMED])
    more = ', ...' if len(numbers) > _NUM_NAMED else ''
    return f'{len(numbers)} episode{"s" * (len(numbers) > 1)} ({named}{more})'
