# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What answers to questions with two options came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score


@dataclass(frozen=True)
class Scored:
    """A line of answers.jsonl.

    Attributes:
        split: Part of the benchmark.
        number: Of the question in it.
        positive: Probability of the positive option among the two, in [0, 1].
        is_positive: Whether it is the right one.
    """

    split: str
    number: int
    positive: float
    is_positive: bool

    @property
    def is_right(self) -> bool:
        """Whether the more probable option is the right one; of two alike it is the positive."""
        return (self.positive >= 0.5) == self.is_positive


@dataclass(frozen=True)
class SplitScore:
    """A split's numbers.

    Attributes:
        split: Its name; "final": the mean of the splits' accuracies, the areas over all questions.
        questions: How many.
        accuracy: Share that is right.
        wilson_95: Its interval; None for "final".
        always_positive: Accuracy of always saying the positive option.
        says_positive: How often the model says it.
        f1: Of the positive option.
        roc_auc: Area under the receiver operating characteristic; None: one option only is right.
        pr_auc: Area under precision and recall (average precision); None: the same.
    """

    split: str
    questions: int
    accuracy: float
    wilson_95: tuple[float, float] | None
    always_positive: float
    says_positive: float
    f1: float
    roc_auc: float | None
    pr_auc: float | None


def score(answers: Sequence[Scored]) -> list[SplitScore]:
    """Return a score per split, in the order in which they come, and "final" if there are more."""
    splits = list(dict.fromkeys(answer.split for answer in answers))
    found = [_score(name, [a for a in answers if a.split == name]) for name in splits]
    if len(found) > 1:
        whole = _score('final', answers)
        mean = float(np.mean([each.accuracy for each in found]))
        found.append(SplitScore(**{**vars(whole), 'accuracy': mean, 'wilson_95': None}))
    return found


def as_markdown(scores: Sequence[SplitScore]) -> str:
    """Return a table."""
    lines = [
        '| split | questions | accuracy | 95 % | always yes | says yes | F1 | ROC AUC | PR AUC |',
        '|---|---|---|---|---|---|---|---|---|',
    ]
    for each in scores:
        interval = (
            '' if each.wilson_95 is None else ' to '.join(f'{b:.3f}' for b in each.wilson_95)
        )
        areas = ['-' if area is None else f'{area:.3f}' for area in (each.roc_auc, each.pr_auc)]
        lines.append(
            f'| {each.split} | {each.questions} | {each.accuracy:.3f} | {interval} | '
            f'{each.always_positive:.3f} | {each.says_positive:.3f} | {each.f1:.3f} | '
            f'{areas[0]} | {areas[1]} |'
        )
    return '\n'.join(lines) + '\n'


def _score(split: str, answers: Sequence[Scored]) -> SplitScore:
    right = sum(answer.is_right for answer in answers)
    labels = [answer.is_positive for answer in answers]
    positive = [answer.positive for answer in answers]
    said = [p >= 0.5 for p in positive]
    both = 0 < sum(labels) < len(labels)
    return SplitScore(
        split=split,
        questions=len(answers),
        accuracy=right / len(answers),
        wilson_95=binomtest(right, len(answers)).proportion_ci(method='wilson'),
        always_positive=float(np.mean(labels)),
        says_positive=float(np.mean(said)),
        f1=float(f1_score(labels, said, zero_division=0.0)),
        roc_auc=float(roc_auc_score(labels, positive)) if both else None,
        pr_auc=float(average_precision_score(labels, positive)) if both else None,
    )
