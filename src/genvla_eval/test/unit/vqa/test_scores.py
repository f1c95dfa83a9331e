# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Scores of answers."""

from __future__ import annotations

import pytest

from genvla_eval.vqa.scores import Scored, as_markdown, score


def answers(split, *pairs):
    return [Scored(split, n, p, right) for n, (p, right) in enumerate(pairs)]


def test_scores_are_per_split_and_the_final_accuracy_is_their_mean():
    given = [
        *answers('random', (0.9, True), (0.2, False), (0.6, False), (0.1, True)),
        *answers('popular', (0.7, True)),
    ]
    random, popular, final = score(given)
    assert (random.accuracy, popular.accuracy) == (0.5, 1.0)
    # Splits weigh alike, whatever their size, as in the paper's protocol.
    assert final.accuracy == 0.75
    assert (final.questions, final.wilson_95) == (5, None)
    assert (random.always_positive, random.says_positive) == (0.5, 0.5)
    assert random.f1 == pytest.approx(0.5)
    # Of the four pairs of a right and a wrong statement, two are in order.
    assert random.roc_auc == pytest.approx(0.5)
    assert popular.roc_auc is None
    text = as_markdown([random, popular, final])
    assert '| popular | 1 | 1.000 | 0.207 to 1.000 | 1.000 | 1.000 | 1.000 | - | - |' in text
