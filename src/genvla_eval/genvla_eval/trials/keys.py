# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read single keys from a terminal, without Enter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import os
import select
import sys
import termios
import tty

_ESCAPE = '\x1b'
_SAME_KEY_S = 0.05
"""Bytes of one key arrive within this time of each other [s]."""


class NoTerminal(RuntimeError):
    """There is no terminal to read keys from."""


class Keys:
    """Reads keys from a terminal; see open_keys()."""

    def __init__(self, file: int) -> None:
        """Store a terminal's file descriptor."""
        self._file = file

    def press(self, timeout_s: float | None) -> str | None:
        """Return the next key in lower case, or None after the timeout.

        Escape and all keys that send a sequence (arrows, function keys) are returned as Escape.

        Args:
            timeout_s: Maximum time to wait [s]; None: wait for a key.

        Raises:
            NoTerminal: The terminal was closed.
        """
        pressed = self._read(timeout_s)
        if pressed != _ESCAPE:
            return pressed and pressed.lower()
        # ESC O P, ESC [ D, ESC [ 2 1 ~, ESC [ 1 ; 5 D; on Linux's console also ESC [ [ D.
        while pressed == _ESCAPE:
            pressed = self._read(_SAME_KEY_S)
        if pressed not in ('[', 'O'):
            return _ESCAPE if pressed is None else pressed.lower()
        rest = self._read(_SAME_KEY_S)
        if rest == '[':
            rest = self._read(_SAME_KEY_S)
        while rest is not None and '0' <= rest <= '?':
            rest = self._read(_SAME_KEY_S)
        return _ESCAPE

    def _read(self, timeout_s: float | None) -> str | None:
        ready, _, _ = select.select([self._file], [], [], timeout_s)
        if not ready:
            return None
        try:
            pressed = os.read(self._file, 1)
        except OSError:
            pressed = b''
        if not pressed:
            raise NoTerminal('the terminal was closed; run the same command again to resume')
        return pressed.decode('latin-1')

    def forget(self) -> None:
        """Discard keys pressed before the prompt."""
        termios.tcflush(self._file, termios.TCIFLUSH)


@contextmanager
def open_keys(file: int | None = None) -> Iterator[Keys]:
    """Switch a terminal to single keys, and restore it afterwards.

    Args:
        file: The terminal's file descriptor; None: standard input.

    Raises:
        NoTerminal: The file is not a terminal.
    """
    descriptor = sys.stdin.fileno() if file is None else file
    try:
        before = termios.tcgetattr(descriptor)
    except termios.error as error:
        raise NoTerminal(
            'standard input is not a terminal; run this in a terminal, because verdicts are '
            'single keys'
        ) from error
    try:
        tty.setcbreak(descriptor)
        yield Keys(descriptor)
    finally:
        # A closed terminal needs no restoring.
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
