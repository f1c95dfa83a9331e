# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Score answers to questions with two options."""

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
        number: Number of the question in its split.
        positive: Probability of the positive option relative to both, in [0, 1].
        is_positive: Whether the positive option is correct.
    """

    split: str
    number: int
    positive: float
    is_positive: bool

    @property
    def is_right(self) -> bool:
        """Whether the more probable option is correct; the positive option wins ties."""
        return (self.positive >= 0.5) == self.is_positive


@dataclass(frozen=True)
class SplitScore:
    """Scores of a split.

    Attributes:
        split: Name of the split; "final": the mean of the splits' accuracies, and the other scores
            over all questions.
        questions: Number of questions.
        accuracy: Share of correct answers.
        wilson_95: 95 % interval of the accuracy; None for "final".
        always_positive: Accuracy of always answering with the positive option.
        says_positive: Share of positive answers.
        f1: F1 score of the positive option.
        roc_auc: Area under the receiver operating characteristic; None: all questions have the
            same correct option.
        pr_auc: Area under precision and recall (average precision); None: as for roc_auc.
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
    """Return a score per split, in their order, and "final" if there are several."""
    splits = list(dict.fromkeys(answer.split for answer in answers))
    found = [_score(name, [a for a in answers if a.split == name]) for name in splits]
    if len(found) > 1:
        whole = _score('final', answers)
        mean = float(np.mean([each.accuracy for each in found]))
        found.append(SplitScore(**{**vars(whole), 'accuracy': mean, 'wilson_95': None}))
    return found


def as_markdown(scores: Sequence[SplitScore]) -> str:
    """Return the scores as a table."""
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
