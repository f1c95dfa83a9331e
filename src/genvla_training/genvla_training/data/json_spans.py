# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Locate the objects of a JSON list or JSON Lines file, so that each can be read alone.

Shape suffixes: E entries.
"""

from __future__ import annotations

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from genvla_training.data.episode import BadData

_CHUNK_BYTES = 2**20
_MAX_ENTRY_BYTES = 2**26
_BETWEEN = re.compile(r'[ \t\r\n,]*')
_DECODER = json.JSONDecoder()


def entry_spans(path: Path) -> NDArray[np.int64]:
    """Find the objects of a file in one pass, with only a small part of it in memory.

    Args:
        path: A JSON file that holds a list of objects, or objects one after another.

    Returns:
        (E, 2): offsets of the first byte of each object and of the byte after its last one.

    Raises:
        BadData: The file is missing, truncated, in another format, or has no objects.
    """
    try:
        with path.open('rb') as file:
            numbers = np.fromiter(
                (offset for span in _spans(file, path) for offset in span), dtype=np.int64
            )
    except OSError as error:
        raise BadData(f'{path} cannot be read: {error}; download it again') from error
    if not numbers.size:
        raise BadData(f'{path} has no entries; download it again')
    return numbers.reshape(-1, 2)


def _spans(file: BinaryIO, path: Path) -> Iterator[tuple[int, int]]:
    # Latin-1 maps every byte to one character and keeps JSON's ASCII syntax, so character offsets
    # are byte offsets.
    text, start, number = file.read(_CHUNK_BYTES).decode('latin-1'), 0, 0
    at = _after_space(text, 0)
    is_list = text.startswith('[', at)
    at += is_list
    while True:
        at = _after_space(text, at)
        if is_list and text.startswith(']', at):
            return
        if at < len(text) and text[at] != '{':
            raise BadData(
                f'{path}: entry {number}, at byte {start + at}, begins with '
                f'{text[at : at + 20]!r}, expected a list of objects, or one object per line'
            )
        try:
            end = _DECODER.raw_decode(text, at)[1]
        except json.JSONDecodeError as error:
            more = file.read(max(_CHUNK_BYTES, len(text) - at)).decode('latin-1')
            if not more and at == len(text) and not is_list:
                return
            if not more or len(text) - at > _MAX_ENTRY_BYTES:
                raise BadData(
                    f'{path}: entry {number}, at byte {start + at}, is not a complete JSON '
                    f'object: {error.msg}; the file is truncated or damaged: download it again'
                ) from error
            text, start, at = text[at:] + more, start + at, 0
            continue
        yield start + at, start + end
        at, number = end, number + 1


def _after_space(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at
