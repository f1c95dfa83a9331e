# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Summarise trials: rates with intervals, and paired tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from scipy.stats import binomtest

from genvla_eval.trials.results import TrialResult
from genvla_sim.tasks.rollout import Verdict

ALL = 'all'


@dataclass(frozen=True)
class Rate:
    """One cell of the table.

    Attributes:
        task: Name of the task, or "all".
        checkpoint: Name of the checkpoint.
        successes: Number of successful trials.
        trials: Number of judged trials.
        wilson_95: 95 % interval of the success rate.
        failures: Number of failures of each kind.
    """

    task: str
    checkpoint: str
    successes: int
    trials: int
    wilson_95: tuple[float, float]
    failures: Mapping[str, int]


@dataclass(frozen=True)
class Comparison:
    """Two checkpoints on the same setups.

    Attributes:
        first: Name of the first checkpoint.
        second: Name of the second checkpoint.
        pairs: Number of setups that both were tried on.
        only_first: Number of these on which only the first succeeded.
        only_second: Number of these on which only the second succeeded.
        p_value: p-value of McNemar's exact test, two-sided.
    """

    first: str
    second: str
    pairs: int
    only_first: int
    only_second: int
    p_value: float


def rates(results: Sequence[TrialResult]) -> list[Rate]:
    """Return a rate for every task and checkpoint, and for all tasks together."""
    verdicts: dict[tuple[str, str], list[Verdict]] = {}
    for result in results:
        for task in (result.task, ALL):
            verdicts.setdefault((task, result.checkpoint), []).append(result.verdict)
    cells = sorted(verdicts, key=lambda cell: (cell[0] == ALL, *cell))
    return [_rate(*cell, verdicts[cell]) for cell in cells]


def comparisons(results: Sequence[TrialResult]) -> list[Comparison]:
    """Return the paired test of every pair of checkpoints."""
    worked = {(r.task, r.repetition, r.checkpoint): r.verdict is Verdict.SUCCESS for r in results}
    names = sorted({result.checkpoint for result in results})
    setups = sorted({(result.task, result.repetition) for result in results})
    found = []
    for first, second in combinations(names, 2):
        pairs = [
            (worked[*setup, first], worked[*setup, second])
            for setup in setups
            if (*setup, first) in worked and (*setup, second) in worked
        ]
        only_first, only_second = pairs.count((True, False)), pairs.count((False, True))
        # McNemar's exact test is a sign test on the pairs that differ.
        differ = only_first + only_second
        p_value = binomtest(only_first, differ).pvalue if differ else 1.0
        found.append(Comparison(first, second, len(pairs), only_first, only_second, p_value))
    return found


def as_markdown(results: Sequence[TrialResult]) -> str:
    """Return the tables, tasks as rows and checkpoints as columns (as the paper's Table V)."""
    cells = {(rate.task, rate.checkpoint): rate for rate in rates(results)}
    names = sorted({rate.checkpoint for rate in cells.values()})
    lines = [f'| task | {" | ".join(names)} |', f'|---|{"---|" * len(names)}']
    for task in dict.fromkeys(rate.task for rate in cells.values()):
        shown = [_shown(cells.get((task, name))) for name in names]
        lines.append(f'| {task} | {" | ".join(shown)} |')
    text = (
        '\n'.join(lines)
        + '\n\nSuccesses of trials, success rate, 95 % Wilson interval; failures by kind.\n'
    )
    for each in comparisons(results):
        text += (
            f'\n{each.first} against {each.second} on {each.pairs} setups: only {each.first} '
            f'succeeded on {each.only_first}, only {each.second} on {each.only_second}; '
            f"McNemar's exact test p = {each.p_value:.3f}.\n"
        )
    return text


def _rate(task: str, name: str, verdicts: Sequence[Verdict]) -> Rate:
    successes = verdicts.count(Verdict.SUCCESS)
    kinds = Counter(verdict for verdict in verdicts if verdict is not Verdict.SUCCESS)
    interval = binomtest(successes, len(verdicts)).proportion_ci(method='wilson')
    return Rate(task, name, successes, len(verdicts), interval, dict(sorted(kinds.items())))


def _shown(rate: Rate | None) -> str:
    if rate is None:
        return '-'
    low, high = (100.0 * bound for bound in rate.wilson_95)
    kinds = ', '.join(f'{count} {kind}' for kind, count in rate.failures.items())
    text = (
        f'{rate.successes} of {rate.trials}, {100.0 * rate.successes / rate.trials:.0f} % '
        f'({low:.0f} to {high:.0f})'
    )
    return f'{text}; {kinds}' if kinds else text
