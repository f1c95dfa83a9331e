# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Results appended line by line, so that a run can resume after any interruption."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
import json
import os
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

T = TypeVar('T')

_BLOCK_BYTES = 1 << 16


def read_lines(path: Path, kind: type[T]) -> list[T]:
    """Return the dataclasses in a file; skip a last line that was cut off.

    Raises:
        ValueError: Another line cannot be read.
    """
    if not path.exists():
        return []
    lines = path.read_text(encoding='utf-8').split('\n')
    try:
        return [kind(**json.loads(line)) for line in lines[:-1]]
    except (TypeError, ValueError) as error:
        raise ValueError(f'{path} is damaged ({error}); delete its folder') from error


def append_lines(path: Path, rows: Iterable[Any]) -> None:
    """Append dataclasses, after removing a partial line that a killed run left."""
    text = ''.join(json.dumps(asdict(row)) + '\n' for row in rows)
    with path.open('ab+') as file:
        _cut_off_half_a_line(file)
        file.write(text.encode())


def _cut_off_half_a_line(file: BinaryIO) -> None:
    """Truncate after the last whole line; read backwards, because the file may be long."""
    end = file.seek(0, os.SEEK_END)
    while end:
        begin = max(0, end - _BLOCK_BYTES)
        file.seek(begin)
        newline = file.read(end - begin).rfind(b'\n')
        if newline >= 0:
            end = begin + newline + 1
            break
        end = begin
    file.truncate(end)
