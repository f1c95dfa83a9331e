# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Rates with intervals, and paired tests."""

from __future__ import annotations

import pytest

from genvla_eval.trials.results import TrialResult
from genvla_eval.trials.table import as_markdown, comparisons, rates
from genvla_sim.tasks.rollout import Verdict


def result(task, repetition, checkpoint, verdict):
    return TrialResult(1, task, repetition, checkpoint, verdict, 1.0, '', '')


def test_the_table_has_rates_intervals_kinds_and_the_paired_test():
    said = [
        result('PickCarrot', n, name, Verdict.SUCCESS if n < wins else Verdict.DROPPED)
        for name, wins in (('a', 9), ('b', 3))
        for n in range(10)
    ]
    said.append(result('PickKnife', 0, 'a', Verdict.TIMEOUT))
    by_cell = {(rate.task, rate.checkpoint): rate for rate in rates(said)}
    assert set(by_cell) == {
        ('PickCarrot', 'a'), ('PickCarrot', 'b'), ('PickKnife', 'a'), ('all', 'a'), ('all', 'b')
    }  # fmt: skip
    assert by_cell['all', 'a'].failures == {'dropped': 1, 'timeout': 1}
    low, high = by_cell['PickCarrot', 'a'].wilson_95
    assert (low, high) == (pytest.approx(0.596, abs=1e-3), pytest.approx(0.982, abs=1e-3))
    [pair] = comparisons(said)
    assert (pair.pairs, pair.only_first, pair.only_second) == (10, 6, 0)
    assert pair.p_value == pytest.approx(2 / 2**6)
    text = as_markdown(said)
    assert '| PickKnife | 0 of 1, 0 % (0 to 79); 1 timeout | - |' in text
    assert "McNemar's exact test p = 0.031" in text


def test_checkpoints_that_never_differ_have_a_p_value_of_one():
    [pair] = comparisons([result('PickCarrot', 0, name, Verdict.DROPPED) for name in 'ab'])
    assert (pair.pairs, pair.only_first, pair.only_second, pair.p_value) == (1, 0, 0, 1.0)


def test_nine_pairs_against_two_have_the_p_value_of_mcnemars_exact_test():
    # statsmodels.stats.contingency_tables.mcnemar([[0, 9], [2, 0]], exact=True)
    wins = {'a': range(9), 'b': range(9, 11)}
    said = [
        result('PickCarrot', n, name, Verdict.SUCCESS if n in won else Verdict.DROPPED)
        for name, won in wins.items()
        for n in range(11)
    ]
    assert comparisons(said)[0].p_value == pytest.approx(0.06543, abs=1e-5)
