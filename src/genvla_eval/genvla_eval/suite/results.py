# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The results of a suite in a folder: lines that are appended, so that a run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from genvla_command.json_lines import append_lines, read_lines
from genvla_eval.suite.episodes import Outcome, Played

EPISODES = 'episodes.jsonl'
FAILURES = 'failures'


def read_outcomes(folder: Path) -> list[Outcome]:
    """Return what has been played; a last line that was cut off is left out.

    Raises:
        ValueError: Another line cannot be read.
    """
    return read_lines(folder / EPISODES, Outcome)


def append(folder: Path, played: Sequence[Played]) -> None:
    """Write episodes, and of each cell the pictures of the first failure that is seen."""
    append_lines(folder / EPISODES, [each.outcome for each in played])
    for each in played:
        path = folder / FAILURES / f'{each.outcome.cell.replace("/", " ")}.png'
        if each.strip is not None and not path.exists():
            path.parent.mkdir(exist_ok=True)
            strip = np.hstack(list(each.strip))
            cv2.imwrite(str(path), cv2.cvtColor(strip, cv2.COLOR_RGB2BGR))
