# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How commands read their options, and how they end when they cannot continue."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path
import signal

import pytest
import tyro

from genvla_command.command_line import (
    check_above_zero,
    check_at_least,
    check_output_file,
    check_shares,
    ends_with_a_sentence,
    interrupt_when_terminated,
    parse,
    sentence,
)

DOC = """Record a robot.

    python -m genvla_command.example HERE

It goes on until Ctrl-C.
"""


@dataclass(frozen=True)
class Look:
    """Options of the images."""

    image_size: int = 224
    """Side of an image [px]."""


@dataclass(frozen=True)
class Options:
    """Options of the recording."""

    out: tyro.conf.Positional[Path]
    """Folder to write."""
    duration_s: float = 60.0
    """How long to record [s]."""
    look: Look = field(default_factory=Look)
    """How images look."""

    def __post_init__(self) -> None:
        """Reject a duration that is not above 0."""
        if not self.duration_s > 0.0:
            raise ValueError(f'{self.out} would last {self.duration_s:g} s, expected above 0')


def options(*args, **kwargs):
    return parse(Options, args, module='genvla_command.example', description=DOC, **kwargs)


def refusal(capsys, *args):
    with pytest.raises(SystemExit) as ended:
        options(*args)
    assert ended.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ''
    return captured.err


def test_options_have_the_types_of_their_fields():
    assert options('here', '--duration-s', '2.5') == Options(Path('here'), 2.5)
    assert options('--duration-s=2.5', 'here').duration_s == 2.5


def test_an_option_may_be_written_with_underscores():
    assert options('here', '--look.image_size', '64').look.image_size == 64


def test_other_defaults_can_be_given():
    mine = Options(Path('mine'), 5.0)
    assert options('--look.image-size', '64', default=mine) == replace(mine, look=Look(64))


def test_help_names_command_description_and_every_option(capsys):
    with pytest.raises(SystemExit) as ended:
        options('--help')
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert 'usage: python -m genvla_command.example' in said
    assert 'Record a robot.\n\nIt goes on until Ctrl-C.' in said
    for text in (
        '--duration-s',
        '--look.image-size',
        'How long to record [s].',
        'Folder to write',
    ):
        assert text in said


def test_a_rejected_value_prints_one_line_with_the_path_unbroken(capsys):
    path = '/a/path/that/is/so/long/that/it/does/not/fit/into/a/line/of/eighty/characters'
    assert refusal(capsys, path, '--duration-s', '-5') == (
        f'python -m genvla_command.example: {path} would last -5 s, expected above 0\n'
    )


def test_a_value_of_the_wrong_type_is_reported_with_its_option(capsys):
    error = refusal(capsys, 'here', '--duration-s', 'long')
    assert "--duration-s: could not convert string to float: 'long'" in error


def test_a_mistyped_option_gets_a_suggestion(capsys):
    error = refusal(capsys, 'here', '--durtion-s', '5')
    assert 'Perhaps you meant' in error
    assert '--duration-s' in error


def test_a_missing_argument_is_described(capsys):
    assert 'Folder to write.' in refusal(capsys)


@pytest.mark.parametrize(
    ('error', 'said'),
    [
        (LookupError('no such thing'), 'LookupError: no such thing'),
        (FileExistsError('vl already exists'), 'FileExistsError: vl already exists'),
        (
            PermissionError(13, 'Permission denied', '/vl'),
            '/vl cannot be read or written: Permission denied; choose another path',
        ),
        (
            BrokenProcessPool('terminated abruptly'),
            'a process was killed, perhaps because memory ran out; rerun the command to resume',
        ),
    ],
)
def test_errors_that_a_user_can_fix_are_reported_in_one_sentence(error, said):
    assert sentence(error) == said


def test_an_expected_error_ends_the_command_with_its_sentence():
    with (
        pytest.raises(SystemExit, match='LookupError: no such thing'),
        ends_with_a_sentence(LookupError, if_stopped='nothing is kept'),
    ):
        raise LookupError('no such thing')


def test_an_unexpected_error_passes_through():
    with (
        pytest.raises(ZeroDivisionError),
        ends_with_a_sentence(LookupError, if_stopped='nothing is kept'),
    ):
        raise ZeroDivisionError


def test_ctrl_c_prints_what_is_kept_and_exits_with_130(capsys):
    with (
        pytest.raises(SystemExit) as ended,
        ends_with_a_sentence(if_stopped='start again to resume'),
    ):
        raise KeyboardInterrupt
    assert ended.value.code == 130
    assert capsys.readouterr().err == '\nstopped; start again to resume\n'


@pytest.mark.parametrize('value', [0, -3, float('nan')])
def test_a_number_below_the_minimum_is_rejected_by_name(value):
    check_at_least(1, scenes=1, turns=6)
    with pytest.raises(ValueError, match=f'turns is {value}, expected 1 or more'):
        check_at_least(1, scenes=1, turns=value)


@pytest.mark.parametrize('value', [0.0, -5.0, float('nan'), float('inf')])
def test_a_duration_that_is_not_a_finite_number_above_0_is_rejected_by_name(value):
    check_above_zero(rate=30, duration=2.5)
    with pytest.raises(ValueError, match=f'duration is {value:g}, expected a number above 0'):
        check_above_zero(rate=30, duration=value)


@pytest.mark.parametrize('value', [-0.1, 1.5, float('nan')])
def test_a_share_outside_0_to_1_is_rejected_by_name(value):
    check_shares(plain_share=0.0, step_share=1.0)
    with pytest.raises(ValueError, match=f'plain_share is {value}, expected a share from 0 to 1'):
        check_shares(plain_share=value)


def test_a_writable_file_is_accepted_but_not_created(tmp_path):
    path = tmp_path / 'rates.json'
    check_output_file(path)
    assert not path.exists()


def test_a_file_in_a_missing_folder_is_rejected(tmp_path):
    with pytest.raises(
        ValueError, match=r'cannot write .*rates\.json: there is no folder .*missing; create it'
    ):
        check_output_file(tmp_path / 'missing' / 'rates.json')


def test_a_folder_is_rejected_as_an_output_file(tmp_path):
    with pytest.raises(ValueError, match='is a folder; name a file in it'):
        check_output_file(tmp_path)


@pytest.fixture
def terminations():
    """The signals that end a program from outside, with their default actions."""
    before = {
        number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTERM, signal.SIGHUP)
    }
    yield list(before)
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_termination_interrupts_once_as_ctrl_c_does(terminations):
    interrupt_when_terminated()
    for number in terminations:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        signal.raise_signal(number)


def test_a_signal_that_nohup_ignores_stays_ignored(terminations):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interrupt_when_terminated()
    signal.raise_signal(signal.SIGHUP)
