# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A suite that is run, interrupted and resumed."""

from __future__ import annotations

from dataclasses import replace
import json

import pytest

from genvla_command.json_lines import read_lines
from genvla_command.kept_settings import SettingsMismatch
from genvla_eval.suite import command, episodes
from genvla_eval.suite.cells import Cell
from genvla_eval.suite.command import SuiteOptions, append, run_suite
from genvla_eval.suite.episodes import Outcome
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint

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


def test_the_episode_of_a_truncated_line_is_played_again(tmp_path):
    path = tmp_path / 'episodes.jsonl'
    path.write_text(json.dumps(vars(outcome(0))) + '\n{"cell": "Pick')
    assert read_lines(path, Outcome) == [outcome(0)]
    append(tmp_path, [])
    assert path.read_text().endswith('}\n')


@pytest.fixture
def one_cell(monkeypatch):
    """A suite of one cell, played in this process."""
    monkeypatch.setitem(command.SUITES, 'visual_matching', (CARROT,))
    played = []

    def here(run, jobs, **_options):
        for job in jobs:
            played.extend(job.numbers)
            yield job, run(job)

    monkeypatch.setattr(episodes, 'in_processes', here)
    return played


def test_a_run_resumes_and_refuses_another_checkpoint(tmp_path, one_cell):
    out = tmp_path / 'run'
    options = SuiteOptions('visual_matching', out=out, episodes=2)
    first = run_suite(options)
    assert one_cell == [0, 1]
    lines = (out / 'episodes.jsonl').read_text().splitlines(keepends=True)
    (out / 'episodes.jsonl').write_text(lines[0])
    assert run_suite(options)['cells'] == first['cells']
    assert one_cell == [0, 1, 1]
    write_tiny_checkpoint(tmp_path / 'random', tiny_config(), seed=0)
    with pytest.raises(SettingsMismatch, match='checkpoint_sha256'):
        run_suite(replace(options, checkpoint=tmp_path / 'random'))
