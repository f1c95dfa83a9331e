# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read JSON Lines files, as used by the meta/ folder of v2.x."""

from __future__ import annotations

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

from genvla_training.data.episode import BadData
from genvla_training.data.lerobot.unreadable import must_be_readable


def read_lines(path: Path, kinds: Mapping[str, type]) -> list[dict[str, Any]]:
    """Read a file in which every line is an object with certain entries.

    Args:
        path: The file.
        kinds: Type of each entry, by name; other entries are dropped.

    Raises:
        BadData: The file is missing or truncated, or a line lacks an entry or has one of another
            type.
    """
    with must_be_readable(path, 'the data set'):
        text = path.read_text(encoding='utf-8', errors='replace')
    lines = []
    for number, line in enumerate(filter(str.strip, text.splitlines()), start=1):
        try:
            entries = json.loads(line)
            lines.append({name: entries[name] for name in kinds})
        except (ValueError, KeyError, TypeError) as error:
            raise BadData(
                f'{path}, line {number}: {error!r}; expected an object with {list(kinds)}: '
                'download the file again'
            ) from error
        for name, kind in kinds.items():
            if not isinstance(lines[-1][name], kind):
                raise BadData(
                    f'{path}, line {number}: {name} is {lines[-1][name]!r}, expected '
                    f'{kind.__name__}: download the file again'
                )
    return lines
