# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Linear centred kernel alignment: the similarity of two representations of the same pictures.

Shape suffixes: N pictures, F features of one representation, G of the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32]


class LinearCka:
    """Linear CKA of two representations, accumulated over batches of pictures.

    1: the features are equal up to a rotation, a shift and a common scale. 0: neither is linear in
    the other. Memory is three matrices of features by features, whatever the number of pictures.

    With X and Y the centred features, ||Y'X||^2 / (||X'X|| ||Y'Y||), Frobenius norms.

    Source: S. Kornblith, M. Norouzi, H. Lee, G. Hinton, Similarity of neural network
    representations revisited, ICML 2019 (arXiv 1905.00414), table 1 and section 3. As noted there,
    few pictures for many features make the value too large: use several times as many pictures as
    features.
    """

    def __init__(self, num_features: int, num_others: int) -> None:
        """Start without pictures."""
        self._count = 0
        # Double precision, because subtracting the mean from sums of products loses digits.
        self._sum_F, self._sum_G = np.zeros(num_features), np.zeros(num_others)
        self._squares_FF = np.zeros((num_features, num_features))
        self._squares_GG = np.zeros((num_others, num_others))
        self._products_FG = np.zeros((num_features, num_others))
        self._shift_F: NDArray[np.float64] | None = None
        self._shift_G: NDArray[np.float64] | None = None

    def add(self, features_NF: Features, others_NG: Features) -> None:
        """Add both representations of a batch of pictures."""
        first_NF, second_NG = features_NF.astype(np.float64), others_NG.astype(np.float64)
        if self._shift_F is None or self._shift_G is None:
            # Shift by a value near the mean: a mean far from 0 would cost precision.
            self._shift_F, self._shift_G = first_NF.mean(axis=0), second_NG.mean(axis=0)
        first_NF -= self._shift_F
        second_NG -= self._shift_G
        self._count += len(first_NF)
        self._sum_F += first_NF.sum(axis=0)
        self._sum_G += second_NG.sum(axis=0)
        self._squares_FF += first_NF.T @ first_NF
        self._squares_GG += second_NG.T @ second_NG
        self._products_FG += first_NF.T @ second_NG

    def value(self) -> float | None:
        """Return the alignment, in [0, 1]; None if a representation does not vary."""
        if not self._count:
            return None
        mean_F, mean_G = self._sum_F / self._count, self._sum_G / self._count
        own_F = float(np.linalg.norm(self._squares_FF - self._count * np.outer(mean_F, mean_F)))
        own_G = float(np.linalg.norm(self._squares_GG - self._count * np.outer(mean_G, mean_G)))
        if own_F == 0.0 or own_G == 0.0:
            return None
        shared = self._products_FG - self._count * np.outer(mean_F, mean_G)
        return min(float(np.linalg.norm(shared)) ** 2 / (own_F * own_G), 1.0)
