# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A report for the terminal."""

from __future__ import annotations

from genvla_command.html_page import Table
from genvla_training.inspect.report import Report, as_text


def test_only_some_of_many_broken_episodes_are_printed():
    broken = [f'episode {number}: gone' for number in range(25)]
    text = as_text(Report('carrots', 'lerobot', [('episodes', '25')], [], broken, []))
    assert 'BROKEN (25)' in text
    assert 'episode 19: gone' in text
    assert 'episode 20: gone' not in text
    assert text.endswith('  and 5 more; all are on the page')


def test_tables_are_aligned():
    table = Table('tasks', ('task', 'episodes'), [('pick', '1'), ('put away', '1,000')])
    text = as_text(Report('carrots', 'lerobot', [('episodes', '1,001')], [], [], [table]))
    assert text.splitlines()[3:] == [
        'tasks     episodes',
        'pick             1',
        'put away     1,000',
    ]
