# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A robot's state as prompt text: the bin number of each value.

Source: pi0.5 (arXiv 2504.16054), as openpi's models/tokenizer.py writes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_policy.action_text.normalization import ActionNormalizer

_NUM_BINS = 256


class StateText:
    """Writes states in 256 bins between the 1st and the 99th percentile of the training data.

    Attributes:
        dimension: Number of values in a state, S.
    """

    def __init__(self, statistics: Mapping[str, Any], dataset: str, dimension: int) -> None:
        """Read one data set's bounds.

        Args:
            statistics: dataset_statistics.json in OpenVLA's layout: {dataset: {"proprio": {"q01":
                [S], "q99": [S]}}}.
            dataset: Name of the data set.
            dimension: Number of values in a state, S.

        Raises:
            ValueError: The bounds are missing or have another length.
        """
        bounds = statistics.get(dataset, {}).get('proprio', {})
        q01, q99 = (np.asarray(bounds.get(key, []), dtype=np.float64) for key in ('q01', 'q99'))
        if q01.shape != (dimension,) or q99.shape != (dimension,):
            raise ValueError(
                f'statistics of {dataset!r}: proprio q01 and q99 have shapes {q01.shape} and '
                f'{q99.shape}, the model reads states of {dimension} numbers'
            )
        self.dimension = dimension
        self._normalizer = ActionNormalizer(q01, q99, np.ones(dimension, dtype=np.bool_))

    @property
    def longest(self) -> str:
        """A text as long as the longest possible one."""
        return ' '.join([str(_NUM_BINS - 1)] * self.dimension)

    def write(self, state_S: Sequence[float] | NDArray[np.float64]) -> str:
        """Return the bin numbers; values beyond the bounds are in the first or the last bin.

        Raises:
            ValueError: The number of values is wrong, or one is not finite.
        """
        values_S = np.asarray(state_S, dtype=np.float64)
        if values_S.shape != (self.dimension,) or not np.isfinite(values_S).all():
            raise ValueError(
                f'the state is {values_S.tolist()}, expected {self.dimension} finite numbers, in '
                'the order and units of the training data'
            )
        share_S = 0.5 * (self._normalizer.normalize(values_S) + 1.0)
        bins_S = np.minimum((share_S * _NUM_BINS).astype(int), _NUM_BINS - 1)
        return ' '.join(map(str, bins_S.tolist()))
