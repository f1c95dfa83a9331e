# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read the lines that are typed while the demo runs."""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
import os
from queue import SimpleQueue
import select
import sys
import threading
from typing import TextIO

_LOOK_S = 0.2


@contextlib.contextmanager
def typed_lines(stream: TextIO | None = None) -> Iterator[SimpleQueue[str]]:
    """Yield a queue of the typed lines, stripped of surrounding white space.

    Args:
        stream: The input; None: stdin. Nothing is read unless it is a terminal.
    """
    stream = sys.stdin if stream is None else stream
    lines: SimpleQueue[str] = SimpleQueue()
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            ready, _, _ = select.select([stream], [], [], _LOOK_S)
            if not ready or _is_in_background(stream):
                over.wait(_LOOK_S)
                continue
            line = stream.readline()
            if not line:
                return
            if line.strip():
                lines.put(line.strip())

    if not stream.isatty():
        yield lines
        return
    thread = threading.Thread(target=read, name='typed_lines', daemon=True)
    thread.start()
    try:
        yield lines
    finally:
        over.set()
        thread.join()


def _is_in_background(terminal: TextIO) -> bool:
    """Return whether reading would suspend this process."""
    try:
        return os.tcgetpgrp(terminal.fileno()) != os.getpgrp()
    except OSError:
        return False  # not this process's controlling terminal
