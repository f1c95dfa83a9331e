# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Split work into numbered parts, each made by one process, so that a killed run resumes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genvla_command.worker_pool import in_processes


@dataclass(frozen=True)
class Part:
    """The part of the work that one process makes at a time.

    Attributes:
        options: Options of the whole work.
        number: Number of the part.
        items: Items of the work that are in the part.
        path: Path that exists only once the part is complete.
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
    """Make the missing parts; return all parts.

    Args:
        make: Makes one part; can be pickled.
        options: Options of the whole work.
        count: Number of items of the whole work.
        size: Number of items in a part; the last one may have fewer.
        path: Returns the path of a part, given its number.
        workers: Number of processes.
        unit: Unit of the progress bar.
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
