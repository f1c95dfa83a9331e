# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What to make of recorded bags."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro


@dataclass(frozen=True)
class BagOptions:
    """Recorded bags."""

    bags: tyro.conf.Positional[tuple[Path, ...]]
    """Folders or files of rosbag2: sqlite3 or mcap, compressed or not."""
    out: Path
    """Folder to write; must not exist. Until it is whole, its parts are in OUT.parts."""
    instruction: str = ''
    """What the robot was told, instead of what the bags say; for bags that do not."""
    images: tuple[str, ...] = ()
    """Topics of the cameras; by default the one that there is."""
    control_rate_hz: int = 5
    """Steps per second [Hz]."""
    failures: bool = False
    """Also take bags that were judged a failure when they were recorded."""
    keep_idle: bool = False
    """Do not trim what stands still before and after a motion."""

    def __post_init__(self) -> None:
        """Refuse what cannot be done."""
        if not self.bags:
            raise ValueError('name at least one bag')
        if not 1 <= self.control_rate_hz <= 50:
            raise ValueError(f'control_rate_hz is {self.control_rate_hz}, expected 1 to 50')

    @property
    def parts_folder(self) -> Path:
        """Where the episodes of each bag lie until the data set is whole."""
        return self.out.with_name(f'{self.out.name}.parts')
