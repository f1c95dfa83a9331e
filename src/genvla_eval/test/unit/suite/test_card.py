# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The results in a checkpoint's card."""

from __future__ import annotations

import pytest

from genvla_eval.suite.card import section, with_section


def report(task, successes, steps=20.0):
    return {
        'task': task,
        'successes': successes,
        'episodes': 10,
        'wilson_95': (0.1, 0.9),
        'mean_steps': steps,
        'stopped': 1,
    }


COMMAND = 'python -m genvla_eval.rollouts --card'
REPORTS = [
    report('PickCarrot', 9),
    report('PickEggplant', 6),
    report('PickKnife', 9),
    report('PutCarrotOnPlate', 0, None),
]


def test_the_section_has_a_row_for_each_task_and_the_means():
    text = section(REPORTS, COMMAND)
    assert '| PickCarrot | 9 of 10 | 10% to 90% | 20 | 1 |' in text
    assert '| PutCarrotOnPlate | 0 of 10 | 10% to 90% | - | 1 |' in text
    assert 'The three Pick tasks: 80% on average.' in text
    assert 'The other 1: 0% on average.' in text
    assert f'\n    {COMMAND}\n' in text


@pytest.mark.parametrize('after', ['', '## How it was trained\n\nLong.\n'])
def test_only_that_section_of_the_card_is_replaced(after):
    old = f'# tiny\n\nSmall.\n\n## How well it does\n\nBadly.\n\n| a |\n\n{after}'
    new = with_section(old, section(REPORTS, COMMAND))
    assert new.startswith('# tiny\n\nSmall.\n\n## How well it does\n\n    python')
    assert 'Badly' not in new
    assert new.endswith(after or 'on average.\n')
    assert with_section(new, section(REPORTS, COMMAND)) == new


def test_a_card_without_the_section_gets_it_at_its_end():
    new = with_section('# tiny\n\nSmall.\n', section(REPORTS, COMMAND))
    assert new.startswith('# tiny\n\nSmall.\n\n## How well it does\n')
