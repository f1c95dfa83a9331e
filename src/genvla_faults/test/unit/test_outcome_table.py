# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Outcomes of faults: kept, read again, and summarised by the worst."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest

from genvla_faults import __main__ as command
from genvla_faults.arm_watch import Motion
from genvla_faults.faults import FAULTS
from genvla_faults.outcome_table import keep_outcome, read_outcomes, row, table
from genvla_faults.trial import Outcome

OUTCOME = Outcome(
    fault='stop is called',
    holds=True,
    motion=Motion(0.01, 0.2, 1),
    state='stopped',
    says='stopped: stop was requested; call resume to continue',
    goes_on=False,
    violations=(),
    recovery_s=0.8,
)


def test_kept_outcomes_are_read_again(tmp_path):
    file = tmp_path / 'runs' / 'faults.jsonl'
    assert read_outcomes(file) == []
    outcomes = [OUTCOME, replace(OUTCOME, violations=('too fast',), recovery_s=2.0)]
    for outcome in outcomes:
        keep_outcome(file, outcome)
    assert read_outcomes(file) == outcomes


@pytest.mark.parametrize('line', ['{"fault": "stop is called"}', 'no JSON', '{"motion": {}}'])
def test_a_damaged_line_is_named(tmp_path, line):
    file = tmp_path / 'faults.jsonl'
    keep_outcome(file, OUTCOME)
    with file.open('a') as lines:
        lines.write(line + '\n')
    with pytest.raises(ValueError, match=r'faults.jsonl:2 is not an outcome of a fault'):
        read_outcomes(file)


def test_a_row_shows_the_worst_of_all_runs():
    slow = replace(OUTCOME, motion=Motion(0.4, 0.9, 1), state='holding', says='holding')
    assert row([OUTCOME, slow]) == (
        '| stop is called | 2 | 0.40 s | 0.90 s | stopped: stop was requested; or holding | '
        '0.8 s |'
    )
    unseen = replace(OUTCOME, motion=Motion(0.0, nan, 0), violations=('too fast',))
    assert '| not seen |' in row([OUTCOME, unseen])
    assert row([OUTCOME, unseen]).endswith('\n  VIOLATION: too fast')
    assert '| continues | continues |' in row([replace(OUTCOME, holds=False)])


def test_end_states_that_differ_only_in_a_number_are_merged():
    jumps = [replace(OUTCOME, says=f'stopped: waist reads {off} rad off') for off in (1.13, 0.74)]
    assert ' | stopped: waist reads 0.74 rad off | ' in row(jumps)


def test_a_fault_has_one_row_whatever_its_runs_are():
    other = replace(OUTCOME, fault='the policy is killed')
    lines = table([OUTCOME, other, OUTCOME]).splitlines()
    assert [line.split(' | ')[:2] for line in lines[2:]] == [
        ['| stop is called', '2'],
        ['| the policy is killed', '1'],
    ]


def test_faults_that_were_tried_before_are_not_repeated(tmp_path, monkeypatch, capsys):
    file, tried = tmp_path / 'faults.jsonl', []
    names = [fault.name for fault in FAULTS if 'killed' in fault.name]
    keep_outcome(file, replace(OUTCOME, fault=names[0]))
    monkeypatch.setattr(
        command, '_try', lambda faults, *_: tried.extend(fault.name for fault in faults)
    )
    arguments = ['--only', 'killed', '--repeat', '2', '--record', str(file)]
    assert command.main(arguments) == 0
    assert tried == [*names[1:], *names]
    assert f'| {names[0]} | 1 |' in capsys.readouterr().out
