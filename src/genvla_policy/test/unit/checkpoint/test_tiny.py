# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The command that writes a tiny checkpoint."""

import sys

import pytest

from genvla_policy.checkpoint.folder import Checkpoint
from genvla_policy.checkpoint.tiny import main


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, 'argv', ['tiny', *map(str, arguments)])
    main()


def test_the_command_writes_the_requested_system(tmp_path, monkeypatch, capsys):
    run(monkeypatch, tmp_path / 'out', '--system', 'pi0_s', '--horizon', 3, '--cameras', 2)
    config = Checkpoint.open(tmp_path / 'out').config
    assert (config.name, config.horizon, config.num_cameras) == ('pi0_s-tiny-random', 3, 2)
    assert 'wrote pi0_s-tiny-random (random weights)' in capsys.readouterr().out


def test_a_format_that_the_head_cannot_write_is_rejected(tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        run(monkeypatch, tmp_path / 'out', '--system', 'openvla', '--format', 'paper')
    assert 'action_format' in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()
