# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io

from genvla_bringup.demo.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_log_gets_a_line_every_five_seconds():
    log = io.StringIO()
    progress = Progress(log)
    for tenth in range(101):
        progress.tick(tenth / 10, 10.0, '3 chunks')
    assert log.getvalue().splitlines() == [
        '  0.0 / 10 s   3 chunks',
        '  5.0 / 10 s   3 chunks',
        ' 10.0 / 10 s   3 chunks',
    ]


def test_a_terminal_gets_one_line_that_is_overwritten():
    terminal = Terminal()
    progress = Progress(terminal)
    progress.tick(1.0, 10.0, '3 chunks')
    progress.tick(2.0, 10.0, '8 chunks')
    assert '\n' not in terminal.getvalue()
    assert terminal.getvalue().endswith('\r  2.0 / 10 s   8 chunks')


def test_a_line_that_stays_clears_the_live_one():
    terminal = Terminal()
    progress = Progress(terminal)
    progress.tick(1.0, 10.0, '')
    progress.say('stopping')
    assert terminal.getvalue().endswith('\rstopping\n')
