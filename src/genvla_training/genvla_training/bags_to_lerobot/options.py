# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Options of the conversion of recorded bags."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro


@dataclass(frozen=True)
class BagOptions:
    """Recorded bags, and how to convert them."""

    bags: tyro.conf.Positional[tuple[Path, ...]]
    """Folders or files of rosbag2: sqlite3 or mcap, compressed or not."""
    out: Path
    """Folder to write; must not exist. Until it is complete, its parts are in OUT.parts."""
    instruction: str = ''
    """Instruction to use instead of the one in the bags; required for bags without any."""
    images: tuple[str, ...] = ()
    """Camera topics; by default the only one in the bag."""
    control_rate_hz: int = 5
    """Steps per second [Hz]."""
    failures: bool = False
    """Include bags that were judged a failure when they were recorded."""
    keep_idle: bool = False
    """Keep the idle steps before and after each motion."""

    def __post_init__(self) -> None:
        """Reject invalid options."""
        if not self.bags:
            raise ValueError('name at least one bag')
        if not 1 <= self.control_rate_hz <= 50:
            raise ValueError(f'control_rate_hz is {self.control_rate_hz}, expected 1 to 50')

    @property
    def parts_folder(self) -> Path:
        """Folder of each bag's episodes until the data set is complete."""
        return self.out.with_name(f'{self.out.name}.parts')
