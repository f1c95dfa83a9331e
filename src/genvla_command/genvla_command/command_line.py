# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The command line of every command: parse and check the options, report errors in a sentence.

Each command defines its options as a frozen dataclass. The docstrings of its fields are the help
text, and its `__post_init__` raises ValueError for invalid values.
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
import signal
import sys
from types import FrameType
from typing import Any, NoReturn, TypeVar

import tyro

from genvla_command.genvla import name_of

Options = TypeVar('Options')

_INTERRUPTED = 130
"""Exit code of shells after Ctrl-C: 128 + the number of SIGINT."""


@dataclass(frozen=True)
class NoOptions:
    """Options of a command without options: --help works, anything else is rejected."""


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
        module: Name of the module that is run, followed by the arguments that are already fixed.
        description: What the command does, usually the module's docstring. The help omits
            indented examples, because it would join their lines.
        default: Options whose values replace the defaults of `kind`.

    Raises:
        SystemExit: Status 2 and a message on stderr for wrong options; status 0 after --help.
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
        # An error from `kind` prints as one line: tyro's box would break paths at its border.
        refusal = ended.__context__
        text = f'{prog}: {refusal}\n' if isinstance(refusal, ValueError) else message.getvalue()
        sys.stderr.write(text)
        raise
    return options


def _program(module: str) -> str:
    """Return how the command was called; on a terminal, also print its `genvla` name if any."""
    name, _, suffix = module.partition(' ')
    if sys.argv[0].startswith('genvla '):
        return f'{sys.argv[0]} {suffix}'.rstrip()
    # torchrun and other launchers call the module in their own way: print no hint there.
    if sys.stderr.isatty() and 'RANK' not in os.environ and (shorter := name_of(name)):
        print(f'python -m {name} is now: {shorter}', file=sys.stderr)
    return f'python -m {module}'


@contextmanager
def ends_with_a_sentence(*errors: type[Exception], if_stopped: str) -> Iterator[None]:
    """End the process with a sentence if one of some errors is raised, or Ctrl-C is pressed.

    Args:
        errors: Errors that a user can fix.
        if_stopped: Text printed after Ctrl-C: what was kept, and how to resume.

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


def interrupt_when_terminated() -> None:
    """Let SIGTERM and a closed terminal (SIGHUP) raise KeyboardInterrupt, as Ctrl-C does.

    Each of them does so once: a closed terminal sends SIGHUP twice, and the second must not
    interrupt the cleanup. A signal that is ignored, such as SIGHUP under nohup, stays ignored.
    """

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, interrupt)


def sentence(error: Exception) -> str:
    """Return the sentence in which a command line reports an error."""
    if isinstance(error, BrokenProcessPool):
        return 'a process was killed, perhaps because memory ran out; rerun the command to resume'
    if isinstance(error, OSError) and error.filename:
        return f'{error.filename} cannot be read or written: {error.strerror}; choose another path'
    return f'{type(error).__name__}: {error}'


def check_at_least(least: float, **options: float) -> None:
    """Reject options that are less than a number, or NaN.

    Raises:
        ValueError: An option is too small or NaN; the message names it.
    """
    for name, value in options.items():
        if not value >= least:
            raise ValueError(f'{name} is {value}, expected {least} or more')


def check_above_zero(**options: float) -> None:
    """Reject options that are not finite numbers above 0.

    Raises:
        ValueError: An option is not such a number; the message names it.
    """
    for name, value in options.items():
        if not (isfinite(value) and value > 0.0):
            raise ValueError(f'{name} is {value:g}, expected a number above 0')


def check_shares(**options: float) -> None:
    """Reject options that are not in [0, 1].

    Raises:
        ValueError: An option is outside; the message names it.
    """
    for name, value in options.items():
        if not 0.0 <= value <= 1.0:
            raise ValueError(f'{name} is {value}, expected a share from 0 to 1')


def check_output_file(path: Path) -> None:
    """Reject an output file that cannot be written.

    Raises:
        ValueError: The path is a folder, its folder does not exist, or it is not writable.
    """
    folder = path.parent
    if path.is_dir():
        raise ValueError(f'{path} is a folder; name a file in it')
    if not folder.is_dir():
        raise ValueError(f'cannot write {path}: there is no folder {folder}; create it')
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise ValueError(f'{path} is not writable by this user; choose another path')
