# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Statistics of a robot data set's actions, in the form of `dataset_statistics.json`.

A policy prints actions normalised by the 1st and 99th percentile of its training data. These
numbers turn them back into metres and radians. The layout is OpenVLA's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class BadActions(ValueError):
    """Actions from which no statistics can be computed."""


def action_statistics(
    episodes: Sequence[NDArray[np.floating[Any]]], *, mask: list[bool], allow_still: bool = False
) -> dict[str, Any]:
    """Return the statistics of one data set.

    Args:
        episodes: Actions of each episode, (T, A) in SI units.
        mask: Which of the A dimensions are normalised; a gripper in [0, 1] is not.
        allow_still: Accept dimensions that hardly move (q01 == q99): the policy returns q01.

    Returns:
        `action` (mean, std, min, max, q01, q99, mask: A values each), `num_transitions`,
        `num_trajectories`; plain Python numbers, ready for JSON.

    Raises:
        BadActions: There are no episodes, an episode has a wrong width, a value is not finite, or,
            without `allow_still`, a normalised dimension hardly moves (q01 == q99), which no
            policy could print.

    Source: Kim et al., OpenVLA, section 3.2; its `dataset_statistics.json`.
    """
    if not episodes:
        raise BadActions('no episodes: statistics need at least one')
    for index, episode in enumerate(episodes):
        if episode.ndim != 2 or episode.shape[1] != len(mask):
            raise BadActions(
                f'episode {index} has actions of shape {episode.shape}, expected (T, {len(mask)})'
            )
        if not np.isfinite(episode).all():
            step, dimension = np.argwhere(~np.isfinite(episode))[0]
            raise BadActions(
                f'episode {index}, step {step}, dimension {dimension} is '
                f'{episode[step, dimension]}; every value must be finite'
            )
    numbers = number_statistics(episodes)
    q01, q99 = numbers['q01'], numbers['q99']
    still = [index for index, used in enumerate(mask) if used and q01[index] == q99[index]]
    if still and not allow_still:
        raise BadActions(
            f'dimension {still[0]} has q01 == q99 == {q01[still[0]]}: it never moves; if this is '
            'intended, set allow_still'
        )
    return {
        'action': {**numbers, 'mask': list(mask)},
        'num_transitions': sum(map(len, episodes)),
        'num_trajectories': len(episodes),
    }


def number_statistics(episodes: Sequence[NDArray[np.floating[Any]]]) -> dict[str, list[float]]:
    """Return mean, std, min, max, q01 and q99 of each column of (T, A) arrays."""
    numbers = np.concatenate(episodes).astype(np.float64)
    q01, q99 = np.quantile(numbers, [0.01, 0.99], axis=0)
    return {
        'mean': numbers.mean(axis=0).tolist(),
        'std': numbers.std(axis=0).tolist(),
        'min': numbers.min(axis=0).tolist(),
        'max': numbers.max(axis=0).tolist(),
        'q01': q01.tolist(),
        'q99': q99.tolist(),
    }
