# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Results that are appended line by line, so that a run goes on after any end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
import json
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar('T')


def read_lines(path: Path, kind: type[T]) -> list[T]:
    """Return the dataclasses of a file; a last line that was cut off is left out.

    Raises:
        ValueError: Another line cannot be read.
    """
    if not path.exists():
        return []
    lines = path.read_text(encoding='utf-8').split('\n')
    try:
        return [kind(**json.loads(line)) for line in lines[:-1]]
    except (TypeError, ValueError) as error:
        raise ValueError(f'{path} is damaged ({error}); delete the folder') from error


def append_lines(path: Path, rows: Iterable[Any]) -> None:
    """Append dataclasses, after removing what a killed run has left of a line."""
    if path.exists():
        text = path.read_text(encoding='utf-8')
        whole = text[: text.rfind('\n') + 1]
        if whole != text:
            path.write_text(whole, encoding='utf-8')
    with path.open('a', encoding='utf-8') as file:
        file.writelines(json.dumps(asdict(row)) + '\n' for row in rows)
