# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An operator at a pseudo-terminal, one key at a time."""

from __future__ import annotations

import contextlib
import os
import pty
import termios

import pytest

from genvla_eval.trials.keys import NoTerminal, open_keys
from genvla_eval.trials.protocol import Setup, Task
from genvla_eval.trials.rig import Quit
from genvla_eval.trials.terminal import PAGE, Person
from genvla_sim.tasks.rollout import Verdict

TASK = Task('PickCarrot', 'pick up the carrot', (Setup('left'),))


class Arm:
    """Counts the calls of halt()."""

    halts = 0

    def halt(self):
        self.halts += 1


@pytest.fixture
def terminal():
    """Return both ends of a pseudo-terminal: one to press keys on, and one to read."""
    ours, theirs = pty.openpty()
    yield ours, theirs
    for end in (ours, theirs):
        with contextlib.suppress(OSError):
            os.close(end)


def person(keys, folder, ours, presses, **kwargs):
    """Return an operator who presses one key each time the code waits for a key."""
    left = list(presses)
    wait = keys.press

    def press(timeout_s):
        if left:
            os.write(ours, left.pop(0).encode())
        return wait(timeout_s)

    keys.press = press
    heard = []
    return Person(keys, folder, say=heard.append, **kwargs), heard


@pytest.mark.parametrize(
    ('pressed', 'verdict'),
    [('s', Verdict.SUCCESS), ('W', Verdict.WRONG_OBJECT), ('xs', Verdict.SUCCESS), ('r', None)],
)
def test_a_key_is_the_verdict_and_halts_the_arm(terminal, tmp_path, pressed, verdict):
    ours, theirs = terminal
    arm = Arm()
    with open_keys(theirs) as keys:
        someone, _ = person(keys, tmp_path, ours, pressed)
        assert someone.watch(arm, 60.0) is verdict
    assert arm.halts == 1


ESCAPE = '\x1b'
LEFT, CONTROL_LEFT, ALT_LEFT = f'{ESCAPE}[D', f'{ESCAPE}[1;5D', f'{ESCAPE}{ESCAPE}[D'
F2, F4, CONSOLE_F4, F10 = f'{ESCAPE}OQ', f'{ESCAPE}OS', f'{ESCAPE}[[D', f'{ESCAPE}[21~'


@pytest.mark.parametrize(
    'key', [LEFT, CONTROL_LEFT, ALT_LEFT, F2, F4, CONSOLE_F4, F10, f'{ESCAPE}[', ESCAPE]
)
def test_arrow_and_function_keys_are_no_verdicts(terminal, tmp_path, key):
    ours, theirs = terminal
    with open_keys(theirs) as keys:
        someone, _ = person(keys, tmp_path, ours, [key, 'n'])
        assert someone.watch(Arm(), 60.0) is Verdict.NEVER_REACHED
        os.write(ours, key.encode())
        assert keys.press(5.0) == ESCAPE
        assert keys.press(0.0) is None


@pytest.mark.parametrize('before', [ESCAPE, LEFT * 3])
def test_space_right_after_another_key_halts_the_arm(terminal, tmp_path, before):
    ours, theirs = terminal
    with open_keys(theirs) as keys:
        someone, heard = person(keys, tmp_path, ours, [f'{before} ', 'n'])
        assert someone.watch(Arm(), 60.0) is Verdict.NEVER_REACHED
    assert any('halted' in sentence for sentence in heard)


def test_space_halts_the_arm_before_the_verdict_is_asked(terminal, tmp_path):
    ours, theirs = terminal
    arm = Arm()
    with open_keys(theirs) as keys:
        someone, heard = person(keys, tmp_path, ours, [' ', 'x', 'd'])
        assert someone.watch(arm, 60.0) is Verdict.DROPPED
    assert arm.halts == 1
    assert any('halted' in sentence for sentence in heard)
    assert 's success' in heard[-1]


def test_the_arm_is_halted_when_time_is_up(terminal, tmp_path):
    ours, theirs = terminal
    arm, times = Arm(), iter([0.0, 1.0, 31.0])
    with open_keys(theirs) as keys:
        someone, heard = person(keys, tmp_path, ours, ['t'], clock=lambda: next(times))
        # The key of before the end was none that was asked for.
        keys.forget = lambda: None
        keys.press = _after(keys.press, 1)
        assert someone.watch(arm, 30.0) is Verdict.TIMEOUT
    assert arm.halts == 1
    assert any('time is up' in sentence for sentence in heard)


def _after(press, number):
    """Return no key for a number of calls, then the pressed key."""
    waits = iter([None] * number)

    def wait(timeout_s):
        return next(waits) if timeout_s is not None else press(timeout_s)

    return wait


@pytest.mark.parametrize(
    'ask',
    [
        lambda someone: someone.watch(Arm(), 60.0),
        lambda someone: someone.ready_for_home(1, 2),
        lambda someone: someone.arrange(TASK, TASK.setup(0)),
    ],
    ids=['watch', 'home', 'arrange'],
)
def test_q_quits_anywhere(terminal, tmp_path, ask):
    ours, theirs = terminal
    with open_keys(theirs) as keys:
        someone, _ = person(keys, tmp_path, ours, ['q'])
        with pytest.raises(Quit):
            ask(someone)


def test_the_page_shows_setup_and_photo_but_no_checkpoint(terminal, tmp_path):
    ours, theirs = terminal
    photo = tmp_path / 'setup.png'
    photo.write_bytes(b'picture')
    with open_keys(theirs) as keys:
        someone, heard = person(keys, tmp_path, ours, ['\n', '\n'])
        someone.ready_for_home(3, 60)
        someone.arrange(TASK, Setup('carrot <left>', photo))
    page = (tmp_path / PAGE).read_text()
    assert 'trial 3 of 60' in page
    assert 'carrot &lt;left&gt;' in page
    assert 'data:image/png;base64,cGljdHVyZQ==' in page
    assert '<meta http-equiv="refresh" content="1">' in page
    assert any('pick up the carrot' in sentence for sentence in heard)


def test_keys_pressed_before_the_prompt_are_ignored(terminal, tmp_path):
    ours, theirs = terminal
    with open_keys(theirs) as keys:
        os.write(ours, b'sss')
        while keys.press(5.0) is None:
            pass
        keys.forget()
        assert keys.press(0.0) is None


def test_the_terminal_settings_are_restored(terminal):
    _, theirs = terminal
    before = termios.tcgetattr(theirs)
    with open_keys(theirs):
        assert termios.tcgetattr(theirs) != before
    assert termios.tcgetattr(theirs) == before


def test_a_pipe_is_refused():
    reading, writing = os.pipe()
    with pytest.raises(NoTerminal, match='not a terminal'), open_keys(reading):
        pass
    os.close(reading)
    os.close(writing)


def test_a_closed_terminal_is_reported(terminal):
    ours, theirs = terminal
    with open_keys(theirs) as keys:
        os.close(ours)
        with pytest.raises(NoTerminal, match='to resume'):
            keys.press(5.0)
