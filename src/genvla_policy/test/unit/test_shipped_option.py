# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A shipped checkpoint is selected by name, any other by its folder."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import tyro

from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_policy.shipped.option import CheckpointFolder


@dataclass
class Options:
    checkpoint: CheckpointFolder = SHIPPED_CHECKPOINT


def chosen(*args):
    return tyro.cli(Options, args=args).checkpoint


def test_the_name_selects_the_shipped_checkpoint(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert chosen() == chosen('--checkpoint', 'tiny') == SHIPPED_CHECKPOINT
    (tmp_path / 'tiny').mkdir()
    assert chosen('--checkpoint', 'tiny') == Path('tiny')


def test_any_other_text_is_read_as_a_folder():
    assert chosen('--checkpoint', 'runs/tiny') == Path('runs/tiny')
    assert chosen('--checkpoint', 'mine') == Path('mine')


def test_help_shows_the_name_instead_of_the_path(capsys):
    with pytest.raises(SystemExit):
        chosen('--help')
    out = capsys.readouterr().out
    assert '(default: tiny)' in out
    assert str(SHIPPED_CHECKPOINT.parent) not in out
