# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""`genvla` finds, lists and runs commands."""

import subprocess
import sys

import pytest

from genvla_command import genvla
from genvla_command.command_line import parse

COMMAND = '''
"""Bake a cake: genvla bake."""
import sys
def main():
    print(sys.argv)
    return len(sys.argv) - 1
'''


@pytest.fixture(autouse=True)
def kitchen(tmp_path, monkeypatch):
    """Install a package that offers commands."""
    (tmp_path / 'kitchen.py').write_text(COMMAND)
    info = tmp_path / 'kitchen-1.0.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text('Metadata-Version: 2.1\nName: kitchen\nVersion: 1.0\n')
    (info / 'entry_points.txt').write_text(
        '[genvla.commands]\nbake = kitchen:main\nwash.dishes = kitchen:main\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, 'argv', ['genvla'])


def test_a_command_gets_its_arguments_and_its_status_is_returned(capsys):
    assert genvla.main(['bake', '--hot', '3']) == 2
    assert capsys.readouterr().out == "['genvla bake', '--hot', '3']\n"
    assert genvla.main(['wash', 'dishes']) == 0
    assert capsys.readouterr().out == "['genvla wash dishes']\n"


@pytest.mark.parametrize('args', [[], ['--help'], ['-h']])
def test_every_command_is_listed_with_its_summary(args, capsys):
    assert genvla.main(args) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split() == ['genvla', 'bake', 'Bake', 'a', 'cake'] for line in lines)


def test_the_commands_of_a_group_are_listed(capsys):
    assert genvla.main(['wash']) == 0
    out = capsys.readouterr().out
    assert 'genvla wash dishes' in out
    assert 'genvla bake' not in out


@pytest.mark.parametrize(
    ('typed', 'meant'),
    [('bakke', 'bake'), ('dishes', 'wash dishes'), ('wash dishs', 'wash dishes')],
)
def test_a_typo_gets_a_suggestion(typed, meant, capsys):
    assert genvla.main(typed.split()) == 2
    error = capsys.readouterr().err
    assert f'unknown command "{typed}"' in error
    assert f'did you mean "genvla {meant}"?' in error


def test_an_unknown_command_refers_to_the_help(capsys):
    assert genvla.main(['xyzzy']) == 2
    error = capsys.readouterr().err
    assert 'did you mean' not in error
    assert 'genvla --help' in error


def test_listing_commands_imports_neither_pytorch_nor_a_parser():
    code = (
        'import sys; from genvla_command import genvla; genvla.main(["--help"])\n'
        'sys.exit(bool({"torch", "tyro", "numpy", "rclpy"} & set(sys.modules)))'
    )
    subprocess.run([sys.executable, '-c', code], check=True, capture_output=True)


def test_name_of_returns_the_command_of_a_module():
    assert genvla.name_of('kitchen') == 'genvla bake'
    assert genvla.name_of('cellar') == ''


def test_the_new_name_is_printed_to_a_terminal_but_not_to_a_file(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['kitchen.py'])
    parse(int, ['3'], module='kitchen', description='')
    assert capsys.readouterr().err == ''
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: True)
    parse(int, ['3'], module='kitchen', description='')
    assert capsys.readouterr().err == 'python -m kitchen is now: genvla bake\n'


def test_help_names_the_command_as_it_was_typed(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['genvla train'])
    with pytest.raises(SystemExit):
        parse(int, ['--help'], module='kitchen tiny', description='')
    assert capsys.readouterr().out.startswith('usage: genvla train tiny ')
