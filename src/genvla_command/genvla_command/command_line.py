# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The command line of every command: parse the options, check them, exit with a sentence.

The options of a command are a frozen dataclass. The docstrings of its fields are the help, and its
`__post_init__` raises ValueError for values that cannot be used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
import io
from math import isfinite
import os
from pathlib import Path
import sys
from typing import Any, TypeVar

import tyro

from genvla_command.genvla import name_of

Options = TypeVar('Options')

_INTERRUPTED = 130
"""The exit code of shells: 128 and the number of SIGINT."""


@dataclass(frozen=True)
class NoOptions:
    """For a command without options: --help works, anything else is refused."""


def parse(
    kind: type[Options],
    args: Sequence[str] | None = None,
    *,
    module: str,
    description: str | None,
    default: Any = tyro.MISSING_NONPROP,
) -> Options:
    """Return the options of a command line.

    Args:
        kind: Dataclass of the options.
        args: Arguments without the program's name; None: those of this process.
        module: Name of the module that is run, and what of the arguments is settled.
        description: What the command does, usually the module's docstring; indented examples are
            left out of the help, which would join their lines.
        default: Options whose values are the defaults instead of those of `kind`.

    Raises:
        SystemExit: With 2 and a message on stderr for wrong options; with 0 after --help.
    """
    prog = _program(module)
    paragraphs = (description or '').split('\n\n')
    description = '\n\n'.join(each for each in paragraphs if not each.startswith('    '))
    message = io.StringIO()
    try:
        with redirect_stderr(message):
            options: Options = tyro.cli(
                kind, args=args, prog=prog, description=description, default=default
            )
    except SystemExit as ended:
        # What `kind` itself refuses: one line instead of a box that breaks paths at its border.
        refusal = ended.__context__
        text = f'{prog}: {refusal}\n' if isinstance(refusal, ValueError) else message.getvalue()
        sys.stderr.write(text)
        raise
    return options


def _program(module: str) -> str:
    """Return how a command was called; where `genvla` runs it too, a terminal is told."""
    name, _, suffix = module.partition(' ')
    if sys.argv[0].startswith('genvla '):
        return f'{sys.argv[0]} {suffix}'.rstrip()
    # torchrun and others that start it in their own way are left alone.
    if sys.stderr.isatty() and 'RANK' not in os.environ and (shorter := name_of(name)):
        print(f'python -m {name} is now: {shorter}', file=sys.stderr)
    return f'python -m {module}'


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
        return (
            f'{error.filename} cannot be read or written: {error.strerror}; choose another place'
        )
    return f'{type(error).__name__}: {error}'


def check_at_least(least: float, **options: float) -> None:
    """Refuse options that are less than a number, or not a number.

    Raises:
        ValueError: One is; names it.
    """
    for name, value in options.items():
        if not value >= least:
            raise ValueError(f'{name} is {value}, expected {least} or more')


def check_above_zero(**options: float) -> None:
    """Refuse options that are not finite numbers above 0.

    Raises:
        ValueError: One is not; names it.
    """
    for name, value in options.items():
        if not (isfinite(value) and value > 0.0):
            raise ValueError(f'{name} is {value:g}, expected a number above 0')


def check_shares(**options: float) -> None:
    """Refuse options that are not in [0, 1].

    Raises:
        ValueError: One is not; names it.
    """
    for name, value in options.items():
        if not 0.0 <= value <= 1.0:
            raise ValueError(f'{name} is {value}, expected a share from 0 to 1')


def check_output_file(path: Path) -> None:
    """Refuse a file that cannot be written.

    Raises:
        ValueError: It is a folder, or in none, or not writable.
    """
    folder = path.parent
    if path.is_dir():
        raise ValueError(f'{path} is a folder; name a file in it')
    if not folder.is_dir():
        raise ValueError(f'there is no folder {folder} to write {path.name} to; make it')
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise ValueError(f'{path} may not be written by this user; choose another place')
