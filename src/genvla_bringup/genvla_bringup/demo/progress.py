# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Print the demo's progress: one live line in a terminal, plain lines elsewhere."""

from __future__ import annotations

from typing import TextIO

_PLAIN_LINE_PERIOD_S = 5.0


class Progress:
    """Prints to one stream; it overwrites the live line and keeps all other lines."""

    def __init__(self, stream: TextIO) -> None:
        """Print to `stream`, with a live line if it is a terminal."""
        self._stream = stream
        self._live = stream.isatty()
        self._live_width = 0
        self._next_plain_s = 0.0

    def say(self, text: str) -> None:
        """Print a permanent line."""
        self._clear()
        print(text, file=self._stream, flush=True)

    def tick(self, elapsed_s: float, total_s: float, figures: str) -> None:
        """Show the progress of a run that lasts `total_s`; call it as often as you like."""
        line = f'{elapsed_s:5.1f} / {total_s:.0f} s   {figures}'
        if self._live:
            self._clear()
            print(line, end='', file=self._stream, flush=True)
            self._live_width = len(line)
        elif elapsed_s >= self._next_plain_s:
            self.say(line)
            self._next_plain_s = elapsed_s + _PLAIN_LINE_PERIOD_S

    def _clear(self) -> None:
        if self._live_width:
            print('\r' + ' ' * self._live_width + '\r', end='', file=self._stream)
            self._live_width = 0
