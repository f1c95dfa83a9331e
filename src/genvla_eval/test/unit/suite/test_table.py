# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A suite's table."""

from __future__ import annotations

import pytest

from genvla_eval.suite.cells import SUITES, Cell
from genvla_eval.suite.episodes import Outcome
from genvla_eval.suite.table import as_markdown, results_of
from genvla_sim.tasks.rollout import Verdict

CARROT = Cell('visual_matching', 'PickCarrot', 'nothing')


def outcome(number, **changes):
    """A line of results."""
    values = {
        'cell': CARROT.name,
        'number': number,
        'seed': number,
        'instruction': 'pick up the carrot',
        'success': True,
        'steps': 20,
        'failure': '',
    }
    return Outcome(**values | changes)


def test_the_table_has_rates_intervals_and_the_papers_numbers_marked_as_such():
    failed = [outcome(n, success=False, failure='dropped') for n in range(1, 4)]
    results = results_of(SUITES['visual_matching'], [outcome(0), *failed])
    result = results[CARROT.name]
    assert (result.successes, result.episodes, result.failures) == (1, 4, {'dropped': 3})
    page = as_markdown('visual_matching', results, 'mine')
    assert '| nothing | 25.0 | - | - | - |' in page
    assert 'ANOTHER robot' in page
    assert '| pi0+ | 83.40 |' in page


@pytest.mark.parametrize(
    ('successes', 'episodes', 'bounds'),
    # statsmodels.stats.proportion.proportion_confint(successes, episodes, method='wilson')
    [(8, 10, (0.4902, 0.9433)), (0, 25, (0.0, 0.1332)), (25, 25, (0.8668, 1.0))],
)
def test_the_interval_is_a_wilson_interval(successes, episodes, bounds):
    played = [
        outcome(n, success=n < successes, failure='' if n < successes else Verdict.DROPPED)
        for n in range(episodes)
    ]
    result = results_of([CARROT], played)[CARROT.name]
    assert result.wilson_95 == pytest.approx(bounds, abs=1e-4)


def test_a_cell_without_an_episode_has_no_result():
    assert results_of([CARROT], []) == {}
