# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Chunks that begin with wrong actions and return to the right way.

In a demonstration, the executed actions nearly always agree with the next ones, so a model learns
to repeat the actions that it is given instead of looking at the image. Here the given actions are
random, and the answer returns to the expert's own path, which only the image shows.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from genvla_command.end_effector_action import GRIPPER
from genvla_policy.action_text.normalization import ActionNormalizer

Array = NDArray[np.float64]

_MOTION = slice(0, 6)
_STRAYS = 0.35
"""Standard deviation of a wrong step, as a share of half the range between the bounds."""
_FLIPS = 0.2
"""Share of the chunks whose given actions have the gripper the other way round."""


def strayed_chunk(
    expert_HA: Array, num_given: int, normalizer: ActionNormalizer, rng: Generator
) -> Array:
    """Return (H, 7) actions of which the first are wrong and the others lead back.

    Each later action goes to where the expert's path would be then, as far as the bounds of one
    step allow, and has the expert's gripper.

    Args:
        expert_HA: (H, 7) actions that lead from the image to the goal.
        num_given: Number of wrong actions; below H.
        normalizer: Has the bounds of one step.
        rng: Decides how far they stray.
    """
    low, high = normalizer.q01[_MOTION], normalizer.q99[_MOTION]
    path_H6 = np.cumsum(expert_HA[:, _MOTION], axis=0)
    chunk_HA = expert_HA.copy()
    wrong_K6 = rng.normal(0.0, _STRAYS, (num_given, 6)) * (high - low) / 2.0
    chunk_HA[:num_given, _MOTION] = np.clip(expert_HA[:num_given, _MOTION] + wrong_K6, low, high)
    if rng.random() < _FLIPS:
        first = rng.integers(num_given)
        chunk_HA[first:num_given, GRIPPER] = 1.0 - chunk_HA[first:num_given, GRIPPER]
    reached_6 = chunk_HA[:num_given, _MOTION].sum(axis=0)
    for step in range(num_given, len(chunk_HA)):
        chunk_HA[step, _MOTION] = np.clip(path_H6[step] - reached_6, low, high)
        reached_6 = reached_6 + chunk_HA[step, _MOTION]
    return chunk_HA
