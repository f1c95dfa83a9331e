# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The command: rejected arguments and exit codes."""

from __future__ import annotations

import pytest

from genvla_training.lint.command import main
from genvla_training.lint.finding import CHECKS


def run(*args):
    with pytest.raises(SystemExit) as ended:
        main([str(each) for each in args])
    return ended.value.code


def test_findings_give_exit_code_1_and_a_page(lerobot_v3, tmp_path, capsys):
    out = tmp_path / 'page.html'
    assert run(lerobot_v3, '--out', out) == 1
    assert 'findings' in capsys.readouterr().out
    assert out.read_text().startswith('<!doctype html>')


def test_ignored_checks_report_nothing(lerobot_v3, tmp_path):
    main([str(lerobot_v3), '--out', str(tmp_path / 'page.html'), '--ignore', *CHECKS])


def test_an_unknown_check_is_named(tmp_path, capsys):
    assert run(tmp_path, '--ignore', 'idel') == 2
    assert "no check is called 'idel'" in capsys.readouterr().err


def test_conversations_are_refused(tmp_path):
    (tmp_path / 'vl.json').write_text('[]')
    said = run(tmp_path / 'vl.json')
    assert 'contains conversations (llava); expected robot demonstrations' in said
