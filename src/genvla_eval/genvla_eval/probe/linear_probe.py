# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure how well a linear classifier separates classes by given features.

Shape suffixes: I pictures, F features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from genvla_eval.probe.labelled_images import Labels

INVERSE_L2 = 0.1
"""scikit-learn's C; mild for features of variance 1 and thousands of pictures."""
_MOST_STEPS = 1000


@dataclass(frozen=True)
class ProbeResult:
    """Result of a linear probe on test pictures.

    Attributes:
        accuracy: Share of the test pictures that it classifies correctly.
        wilson_95: Bounds of the accuracy, at 95 % confidence.
        chance: Share of the commonest class among the test pictures.
        train_accuracy: Accuracy on the training pictures.
        num_features: Number of features per picture.
        converged: False if the optimiser stopped before the optimum.
    """

    accuracy: float
    wilson_95: tuple[float, float]
    chance: float
    train_accuracy: float
    num_features: int
    converged: bool


def probe(
    train_IF: NDArray[np.float32],
    train_labels_I: Labels,
    test_IF: NDArray[np.float32],
    test_labels_I: Labels,
    *,
    seed: int,
) -> ProbeResult:
    """Fit and test a multinomial logistic regression on standardised features."""
    classifier: Any = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=INVERSE_L2, max_iter=_MOST_STEPS, random_state=seed),
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always', ConvergenceWarning)
        classifier.fit(train_IF, train_labels_I)
    num_right = int((classifier.predict(test_IF) == test_labels_I).sum())
    return ProbeResult(
        accuracy=num_right / len(test_labels_I),
        wilson_95=binomtest(num_right, len(test_labels_I)).proportion_ci(method='wilson'),
        chance=float(np.bincount(test_labels_I).max() / len(test_labels_I)),
        train_accuracy=float((classifier.predict(train_IF) == train_labels_I).mean()),
        num_features=train_IF.shape[1],
        converged=not any(issubclass(each.category, ConvergenceWarning) for each in caught),
    )
