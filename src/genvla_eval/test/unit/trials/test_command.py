# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A whole run of trials in the simulator."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from genvla_eval.trials import command
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.shipped import SHIPPED_CHECKPOINT


@pytest.fixture(scope='module')
def session(tmp_path_factory):
    """Trials in the simulator: the shipped policy against an untrained one."""
    folder = tmp_path_factory.mktemp('trials')
    write_tiny_checkpoint(folder / 'fresh', tiny_config(), seed=0)
    (folder / 'trained').symlink_to(SHIPPED_CHECKPOINT)
    (folder / 'p.yaml').write_text(
        """
trials: 2
duration_s: 16
checkpoints: {fresh: fresh, trained: trained}
tasks: [{name: PickCarrot, instruction: pick up the carrot, setups: [any]}]
"""
    )
    args = [str(folder / 'p.yaml'), '--out', str(folder / 'out'), '--rig', 'simulator']
    # One thread: beside other tests, two that wait for each other take ten times as long.
    subprocess.run(
        [sys.executable, '-m', 'genvla_eval.trials', *args],
        env=os.environ | {'OMP_NUM_THREADS': '1'},
        check=True,
        timeout=110,
    )
    return folder, args


@pytest.mark.slow
def test_the_simulator_distinguishes_a_trained_policy_from_an_untrained_one(session, capsys):
    folder, args = session
    summary = json.loads((folder / 'out' / 'summary.json').read_text())
    rates_of = {(r['task'], r['checkpoint']): r['successes'] for r in summary['rates']}
    # It fails in seven scenes of a hundred, and in which depends on the last bits of the machine.
    trained = rates_of['PickCarrot', 'trained']
    assert trained >= 1
    assert rates_of['PickCarrot', 'fresh'] == 0
    assert summary['comparisons'][0]['only_second'] == trained
    assert set(summary['checkpoints_sha256']) == {'fresh', 'trained'}
    # Again: nothing is left to do, and the table is shown.
    command.main(args)
    assert 'trained' in capsys.readouterr().out


def test_a_session_with_other_settings_is_not_resumed(session, tmp_path):
    folder, args = session
    text = (folder / 'p.yaml').read_text()
    other = folder / 'other.yaml'
    other.write_text(text.replace('duration_s: 16', 'duration_s: 13'))
    with pytest.raises(SystemExit, match='created with other settings: protocol_sha256'):
        command.main([str(other), *args[1:]])


@pytest.mark.parametrize(
    ('rig', 'sentence'),
    [
        ('no_such_module:rig', r"rig 'no_such_module:rig' cannot be imported: .* source install"),
        ('json:loads', 'standard input is not a terminal'),
        ('rig_in_this_folder:rig', 'standard input is not a terminal'),
    ],
)
def test_a_missing_rig_or_terminal_is_reported_before_anything_moves(
    session, tmp_path, monkeypatch, rig, sentence
):
    _, args = session
    (tmp_path / 'rig_in_this_folder.py').write_text('def rig(): ...\n')
    monkeypatch.chdir(tmp_path)
    reading, writing = os.pipe()
    os.close(writing)
    with open(reading, encoding='utf-8') as pipe, monkeypatch.context() as patch:
        patch.setattr('sys.stdin', pipe)
        with pytest.raises(SystemExit, match=sentence):
            command.main([args[0], '--out', str(tmp_path / 'new'), '--rig', rig])
