# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How a command ends that cannot go on: with a sentence, not with a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
import sys

_INTERRUPTED = 130
"""As shells have it: 128 and the number of SIGINT."""


@contextmanager
def ends_with_a_sentence(*errors: type[Exception], if_stopped: str) -> Iterator[None]:
    """End the process with a sentence if one of some errors is raised, or Ctrl-C is pressed.

    Args:
        errors: What a user can mend.
        if_stopped: What stays after Ctrl-C, and how to go on.

    Raises:
        SystemExit: With the sentence as its status, or with 130 after Ctrl-C.
    """
    try:
        yield
    except errors as error:
        raise SystemExit(sentence(error)) from error
    except KeyboardInterrupt:
        print(f'\nstopped; {if_stopped}', file=sys.stderr)
        raise SystemExit(_INTERRUPTED) from None


def sentence(error: Exception) -> str:
    """Return what a command line answers to an error."""
    if isinstance(error, BrokenProcessPool):
        return 'a process was killed, perhaps for want of memory; start again to go on'
    if isinstance(error, OSError) and error.filename:
        return f'{error.filename} cannot be written: {error.strerror}; choose another place'
    return f'{type(error).__name__}: {error}'
