# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Statistics of columns and pictures, per episode and merged, in the LeRobotDataset format.

The quantiles of an episode's columns are exact, whereas upstream estimates them by histogram.
Merged quantiles are the mean of the parts' quantiles weighted by count, as upstream. They are not
exact, but do not depend on the order in which a data set was merged.

Source: lerobot 0.4.4, datasets/compute_stats.py.

Shape suffixes: T steps of an episode, N numbers per step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_training.data.episode import Image

FeatureStatistics = dict[str, NDArray[Any]]
"""min, max, mean, std, count, q01, q10, q50, q90 and q99 of one feature."""

_QUANTILES = {'q01': 0.01, 'q10': 0.1, 'q50': 0.5, 'q90': 0.9, 'q99': 0.99}
NAMES = ('min', 'max', 'mean', 'std', 'count', *_QUANTILES)
_MAX_PICTURES = 100
_MAX_PICTURE_SIDE = 300


def column_statistics(values_TN: NDArray[np.generic]) -> FeatureStatistics:
    """Return the statistics of one column of an episode.

    Args:
        values_TN: (T, N), or (T,) for one number per step. T is at least 1.

    Returns:
        Each value is (N,), or (1,) for one number per step; count is (1,).
    """
    values = values_TN.reshape(len(values_TN), -1).astype(np.float64)
    statistics: FeatureStatistics = {
        'min': values.min(axis=0),
        'max': values.max(axis=0),
        'mean': values.mean(axis=0),
        'std': values.std(axis=0),
        'count': np.array([len(values)]),
    }
    for name, fraction in _QUANTILES.items():
        statistics[name] = np.quantile(values, fraction, axis=0)
    return statistics


class PictureStatistics:
    """Collects the colours of a sample of an episode's pictures in a histogram."""

    def __init__(self, num_steps: int) -> None:
        """Choose the pictures to sample.

        Args:
            num_steps: Number of pictures in the episode; up to 100 of them, evenly spread, are
                sampled.
        """
        spread = np.linspace(0, num_steps - 1, min(num_steps, _MAX_PICTURES))
        self._steps = frozenset(np.round(spread).astype(int).tolist())
        self._count = 0
        self._histograms = np.zeros((3, 256), dtype=np.int64)

    def add(self, step: int, picture: Image) -> None:
        """Add the picture of a step to the histogram if the step is in the sample."""
        if step not in self._steps:
            return
        self._count += 1
        every = 1 + max(picture.shape[:2]) // _MAX_PICTURE_SIDE
        for channel in range(3):
            pixels = picture[::every, ::every, channel].ravel()
            self._histograms[channel] += np.bincount(pixels, minlength=256)

    def result(self) -> FeatureStatistics:
        """Return values (3, 1, 1) in [0, 1], and count (1,): the number of sampled pictures."""
        levels = np.arange(256) / 255
        weights = self._histograms / self._histograms.sum(axis=1, keepdims=True)
        mean = weights @ levels
        present = self._histograms > 0
        cumulated = np.cumsum(weights, axis=1)
        statistics = {
            'min': levels[present.argmax(axis=1)],
            'max': levels[255 - present[:, ::-1].argmax(axis=1)],
            'mean': mean,
            'std': np.sqrt((weights * (levels - mean[:, None]) ** 2).sum(axis=1)),
        }
        for name, fraction in _QUANTILES.items():
            statistics[name] = levels[(cumulated >= fraction).argmax(axis=1)]
        shaped: FeatureStatistics = {
            name: value.reshape(3, 1, 1) for name, value in statistics.items()
        }
        return shaped | {'count': np.array([self._count])}


def merged(first: FeatureStatistics, second: FeatureStatistics) -> FeatureStatistics:
    """Return the combined statistics of two parts."""
    first_share = float(first['count'][0] / (first['count'][0] + second['count'][0]))
    second_share = 1 - first_share
    mean = first_share * first['mean'] + second_share * second['mean']
    first_square = first['std'] ** 2 + (first['mean'] - mean) ** 2
    second_square = second['std'] ** 2 + (second['mean'] - mean) ** 2
    return {
        'min': np.minimum(first['min'], second['min']),
        'max': np.maximum(first['max'], second['max']),
        'mean': mean,
        'std': np.sqrt(first_share * first_square + second_share * second_square),
        'count': first['count'] + second['count'],
        **{name: first_share * first[name] + second_share * second[name] for name in _QUANTILES},
    }


def merged_features(
    first: Mapping[str, FeatureStatistics], second: Mapping[str, FeatureStatistics]
) -> dict[str, FeatureStatistics]:
    """Merge the statistics of all features; both parts have the same features."""
    return {key: merged(statistics, second[key]) for key, statistics in first.items()}
