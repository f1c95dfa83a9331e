# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How well a linear classifier tells classes apart by given features.

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
"""scikit-learn's C: with features of variance 1 and thousands of pictures, mild."""
_MOST_STEPS = 1000


@dataclass(frozen=True)
class ProbeResult:
    """What a linear probe reaches on pictures that it has not learnt from.

    Attributes:
        accuracy: Share of them that it puts into the right class.
        wilson_95: Bounds of it, at 95 % confidence.
        chance: Share of the commonest class among them.
        train_accuracy: On the pictures that it has learnt from.
        num_features: Of a picture.
        converged: False: the optimiser stopped before the optimum.
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
    """Fit multinomial logistic regression to standardised features, and test it."""
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
