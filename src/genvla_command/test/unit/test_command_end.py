# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How commands end that cannot go on."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool

import pytest

from genvla_command.command_end import ends_with_a_sentence, sentence


@pytest.mark.parametrize(
    ('error', 'said'),
    [
        (LookupError('no such thing'), 'LookupError: no such thing'),
        (FileExistsError('vl is there already'), 'FileExistsError: vl is there already'),
        (
            PermissionError(13, 'Permission denied', '/vl'),
            '/vl cannot be written: Permission denied; choose another place',
        ),
        (
            BrokenProcessPool('terminated abruptly'),
            'a process was killed, perhaps for want of memory; start again to go on',
        ),
    ],
)
def test_what_a_user_can_mend_is_said_in_a_sentence(error, said):
    assert sentence(error) == said


def test_an_error_that_is_foreseen_ends_the_command_with_its_sentence():
    with (
        pytest.raises(SystemExit, match='LookupError: no such thing'),
        ends_with_a_sentence(LookupError, if_stopped='nothing is kept'),
    ):
        raise LookupError('no such thing')


def test_another_error_is_left_alone():
    with (
        pytest.raises(ZeroDivisionError),
        ends_with_a_sentence(LookupError, if_stopped='nothing is kept'),
    ):
        raise ZeroDivisionError


def test_ctrl_c_says_what_stays_and_ends_with_the_shells_status(capsys):
    with (
        pytest.raises(SystemExit) as ended,
        ends_with_a_sentence(if_stopped='start again to go on'),
    ):
        raise KeyboardInterrupt
    assert ended.value.code == 130
    assert capsys.readouterr().err == '\nstopped; start again to go on\n'
