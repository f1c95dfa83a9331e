# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An operator at a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import time

from genvla_command.html_page import image_element, render_page
from genvla_command.whole_folder import write_whole
from genvla_eval.trials.keys import Keys
from genvla_eval.trials.protocol import Setup, Task
from genvla_eval.trials.rig import Quit, Rig
from genvla_sim.tasks.rollout import Verdict

PAGE = 'now.html'
_REFRESH_S = 1
_STYLE = (
    '<style>html { font-size: 24px; } body { font-size: 1rem; } img { max-height: 75vh; }</style>'
)
"""Large enough to read from the table."""
_ENTER = ('\n', '\r')
_QUIT, _HALT = 'q', ' '
_TICK_S = 0.1
_VERDICTS = {
    's': Verdict.SUCCESS,
    'n': Verdict.NEVER_REACHED,
    'w': Verdict.WRONG_OBJECT,
    'd': Verdict.DROPPED,
    't': Verdict.TIMEOUT,
    'r': None,
}
_LEGEND = ', '.join(f'{key} {verdict or "repeat"}' for key, verdict in _VERDICTS.items())


class Person:
    """Reads keys: Enter to continue, a letter for a verdict, the space bar to halt the arm."""

    def __init__(
        self,
        keys: Keys,
        folder: Path,
        *,
        say: Callable[[str], None] = print,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Store the keys and the run's folder, which holds now.html."""
        self._keys, self._folder = keys, folder
        self._say, self._clock = say, clock
        self._heading = ''

    def ready_for_home(self, number: int, total: int) -> None:
        """Ask before the arm moves to its home pose."""
        self._heading = f'trial {number} of {total}'
        self._say(f'\n{self._heading}. Hands off: Enter moves the arm to its home pose (q quits)')
        self._wait_for_enter()

    def arrange(self, task: Task, setup: Setup) -> None:
        """Show the setup to arrange, and wait for Enter."""
        write_whole(self._folder / PAGE, _page(self._heading, task, setup))
        self._say(f'  task:    {task.name}, "{task.instruction}"')
        self._say(f'  arrange: {setup.arrange}')
        if setup.photo is not None:
            self._say(f'  photo:   {setup.photo} (also in {self._folder / PAGE})')
        self._say('Enter begins the trial (q quits)')
        self._wait_for_enter()

    def watch(self, rig: Rig, duration_s: float) -> Verdict | None:
        """Return the verdict of the pressed key; the arm is halted before any prompt for it."""
        self._say(f'running for {duration_s:g} s. SPACE HALTS THE ARM. Verdict: {_LEGEND}, q quit')
        self._keys.forget()
        ends_s = self._clock() + duration_s
        while (left_s := ends_s - self._clock()) > 0.0:
            if (key := self._keys.press(min(_TICK_S, left_s))) is None:
                continue
            if key == _HALT:
                rig.halt()
                self._say('halted. Verdict?')
                return self._verdict()
            if key == _QUIT or key in _VERDICTS:
                rig.halt()
                return _meaning(key)
        rig.halt()
        self._say('time is up. Verdict?')
        return self._verdict()

    def _verdict(self) -> Verdict | None:
        while True:
            key = self._keys.press(None)
            if key == _QUIT or key in _VERDICTS:
                return _meaning(str(key))
            self._say(f'press one of: {_LEGEND}, q quit')

    def _wait_for_enter(self) -> None:
        self._keys.forget()
        while (key := self._keys.press(None)) not in _ENTER:
            if key == _QUIT:
                raise Quit


def _meaning(key: str) -> Verdict | None:
    if key == _QUIT:
        raise Quit
    return _VERDICTS[key]


def _page(heading: str, task: Task, setup: Setup) -> str:
    """Return heading, description and photo as HTML, without revealing the checkpoint."""
    photo = ''
    if setup.photo is not None:
        kind = 'png' if setup.photo.suffix.lower() == '.png' else 'jpeg'
        photo = image_element('the setup', kind, setup.photo.read_bytes())
    return render_page(
        f'{heading}: {task.name}',
        facts=[('Arrange', setup.arrange), ('Instruction to the robot', task.instruction)],
        sections=[_STYLE, photo],
        refresh_s=_REFRESH_S,
    )
