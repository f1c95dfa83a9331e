# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Work in numbered parts, each made by one process, so that a killed run resumes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genvla_command.worker_pool import in_processes


@dataclass(frozen=True)
class Part:
    """What one process makes at a time.

    Attributes:
        options: Of the whole work.
        number: Which part.
        items: The items of the work that are in it.
        path: Appears when the part is whole.
    """

    options: Any
    number: int
    items: range
    path: Path


def make_parts(
    make: Callable[[Part], None],
    options: Any,
    *,
    count: int,
    size: int,
    path: Callable[[int], Path],
    workers: int,
    unit: str,
) -> list[Part]:
    """Make the parts that are not there yet; return all of them.

    Args:
        make: Makes one part; can be pickled.
        options: What it is made by.
        count: Items of the whole work.
        size: Items of a part; the last one may have fewer.
        path: Where the part of a number appears.
        workers: Processes.
        unit: What the progress bar counts.
    """
    parts = [
        Part(options, number, range(first, min(first + size, count)), path(number))
        for number, first in enumerate(range(0, count, size))
    ]
    missing = [part for part in parts if not part.path.exists()]
    sizes = [len(part.items) for part in missing]
    already_done = count - sum(sizes)
    for _ in in_processes(
        make, missing, sizes=sizes, workers=workers, unit=unit, already_done=already_done
    ):
        pass
    return parts
