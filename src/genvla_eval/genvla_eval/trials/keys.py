# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Single keys of a terminal, without Enter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import os
import select
import sys
import termios
import tty


class NoTerminal(RuntimeError):
    """There is nobody to press keys."""


class Keys:
    """Reads what is pressed; see open_keys()."""

    def __init__(self, file: int) -> None:
        """Take a terminal's file descriptor."""
        self._file = file

    def press(self, timeout_s: float | None) -> str | None:
        """Return the next key in lower case; None: there was none in time.

        Args:
            timeout_s: How long to wait [s]; None: until there is one.

        Raises:
            NoTerminal: The terminal was closed.
        """
        ready, _, _ = select.select([self._file], [], [], timeout_s)
        if not ready:
            return None
        try:
            pressed = os.read(self._file, 1)
        except OSError:
            pressed = b''
        if not pressed:
            raise NoTerminal('the terminal was closed; the same command goes on')
        return pressed.decode('latin-1').lower()

    def forget(self) -> None:
        """Drop what was pressed before anybody asked."""
        termios.tcflush(self._file, termios.TCIFLUSH)


@contextmanager
def open_keys(file: int | None = None) -> Iterator[Keys]:
    """Let single keys of a terminal be read; it is as it was afterwards.

    Args:
        file: Its file descriptor; None: standard input.

    Raises:
        NoTerminal: It is none.
    """
    descriptor = sys.stdin.fileno() if file is None else file
    try:
        before = termios.tcgetattr(descriptor)
    except termios.error as error:
        raise NoTerminal('standard input is no terminal; verdicts are single keys') from error
    try:
        tty.setcbreak(descriptor)
        yield Keys(descriptor)
    finally:
        # A terminal that went away needs nothing.
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
