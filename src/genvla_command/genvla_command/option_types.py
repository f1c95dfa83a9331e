# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Values of command lines, for argparse's `type`: what is wrong is said before anything starts."""

from __future__ import annotations

from argparse import ArgumentTypeError
from math import isfinite
import os
from pathlib import Path


def count(text: str) -> int:
    """Returns a whole number of at least 1."""
    return _whole_number(text, least=1)


def seed(text: str) -> int:
    """Returns a whole number of at least 0."""
    return _whole_number(text, least=0)


def duration_s(text: str) -> float:
    """Returns a number of seconds above 0."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not (isfinite(value) and value > 0.0):
        raise ArgumentTypeError(f'{text!r} is not a number of seconds above 0, such as 60 or 2.5')
    return value


def output_file(text: str) -> Path:
    """Returns the path of a file that can be written."""
    path = Path(text)
    folder = path.parent
    if path.is_dir():
        raise ArgumentTypeError(f'{path} is a folder; name a file in it')
    if not folder.is_dir():
        raise ArgumentTypeError(f'there is no folder {folder} to write {path.name} to; make it')
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise ArgumentTypeError(f'{path} may not be written by this user; choose another place')
    return path


def _whole_number(text: str, *, least: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise ArgumentTypeError(f'{text!r} is not a whole number of at least {least}')
    return value
