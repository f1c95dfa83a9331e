# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The results of a suite in a folder: lines that are appended, so that a run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
import json
from pathlib import Path

import cv2
import numpy as np

from genvla_eval.suite.episodes import Outcome, Played

EPISODES = 'episodes.jsonl'
FAILURES = 'failures'


def read_outcomes(folder: Path) -> list[Outcome]:
    """Return what has been played; a last line that was cut off is left out.

    Raises:
        ValueError: Another line cannot be read.
    """
    path = folder / EPISODES
    if not path.exists():
        return []
    lines = path.read_text(encoding='utf-8').split('\n')
    try:
        return [Outcome(**json.loads(line)) for line in lines[:-1]]
    except (TypeError, ValueError) as error:
        raise ValueError(f'{path} is damaged ({error}); delete the folder') from error


def append(folder: Path, played: Sequence[Played]) -> None:
    """Write episodes, and of each cell the pictures of the first failure that is seen."""
    cut_off_half_lines(folder / EPISODES)
    with (folder / EPISODES).open('a', encoding='utf-8') as file:
        file.writelines(json.dumps(asdict(each.outcome)) + '\n' for each in played)
    for each in played:
        path = folder / FAILURES / f'{each.outcome.cell.replace("/", " ")}.png'
        if each.strip is not None and not path.exists():
            path.parent.mkdir(exist_ok=True)
            strip = np.hstack(list(each.strip))
            cv2.imwrite(str(path), cv2.cvtColor(strip, cv2.COLOR_RGB2BGR))


def cut_off_half_lines(path: Path) -> None:
    """Remove what a killed run has left of a line."""
    if not path.exists():
        return
    text = path.read_text(encoding='utf-8')
    whole = text[: text.rfind('\n') + 1]
    if whole != text:
        path.write_text(whole, encoding='utf-8')
