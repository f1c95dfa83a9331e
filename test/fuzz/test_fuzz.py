# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Nothing that comes from outside crashes, hangs, eats the memory or moves the arm wrongly."""

from pathlib import Path
import subprocess
import sys
from types import SimpleNamespace

import pytest

HERE = Path(__file__).parent
TARGETS = sorted(file.stem for file in (HERE / 'targets').glob('[a-z]*.py'))
SECONDS = 60

sys.path.insert(0, str(HERE))
import fuzzer  # noqa: E402


@pytest.mark.slow
@pytest.mark.parametrize('target', TARGETS)
def test_a_minute_of_made_up_inputs_ends_with_clear_errors_alone(target, tmp_path):
    pytest.importorskip('atheris', reason='atheris has wheels for x86-64 alone')
    command = [sys.executable, str(HERE / 'fuzzer.py'), target, '--folder', str(tmp_path)]
    ended = subprocess.run(
        [*command, '--seconds', str(SECONDS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=600,
    )
    said = ended.stdout.decode('utf-8', 'replace')
    assert ended.returncode == 0, said[-8000:]
    assert 'stat::number_of_executed_units' in said


def guarded(attack, expected=(ValueError,)):
    return fuzzer.guarded(SimpleNamespace(SEEDS=[b''], EXPECTED=expected, attack=attack))


def raising(error):
    def attack(data):
        if data:
            raise error

    return attack


def test_an_expected_error_is_no_finding():
    guarded(raising(ValueError('the third number is no number')))(b'x')


def test_an_error_that_says_nothing_is_a_finding():
    with pytest.raises(fuzzer.Finding, match='ValueError says nothing'):
        guarded(raising(ValueError()))(b'x')


def test_any_other_error_is_a_finding():
    with pytest.raises(KeyError):
        guarded(raising(KeyError('x')))(b'x')


def test_what_takes_long_is_a_finding(monkeypatch):
    monkeypatch.setattr(fuzzer, 'LONGEST_S', 0.0)
    with pytest.raises(fuzzer.Finding, match='of the processor for 1 bytes'):
        guarded(lambda data: sum(range(10_000)))(b'x')


TAKES_MUCH_MEMORY = """
from types import SimpleNamespace
import numpy as np
import fuzzer
fuzzer.MOST_MB = 10.0
kept = []
attack = lambda data: kept.append(np.ones(25_000_000)) if data else None
fuzzer.guarded(SimpleNamespace(SEEDS=[b''], EXPECTED=(ValueError,), attack=attack))(b'x')
"""


def test_what_takes_much_memory_is_a_finding():
    # In a process of its own: one that once had more memory notices nothing.
    ended = subprocess.run(
        [sys.executable, '-c', TAKES_MUCH_MEMORY], cwd=HERE, stderr=subprocess.PIPE, text=True
    )
    assert ended.returncode == 1
    assert 'MB for 1 bytes' in ended.stderr
