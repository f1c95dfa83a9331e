# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Suites of closed-loop episodes in the simulator, each asking one thing of a policy.

    genvla eval suite visual_variants --out runs/suites/variants
    genvla eval suite table_v --checkpoint MINE --out runs/suites/v

visual_matching: the scene as in training. visual_variants: background, lighting, table,
distractors and camera, one at a time and together. masked_background: all but objects and arm
painted over. language: the task's words, paraphrases, and paraphrases that nothing was trained on.
table_v: the twelve rows of the paper's Table V. The same command again goes on where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
import json
from pathlib import Path
import sys
from typing import Any, Literal

import cv2
import numpy as np
import tyro

from genvla_command.command_line import check_at_least, ends_with_a_sentence, parse
from genvla_command.json_lines import append_lines, read_lines
from genvla_command.kept_settings import SettingsMismatch, keep_settings
from genvla_command.ray_jobs import RayFailed
from genvla_command.versions import versions
from genvla_command.whole_folder import write_whole
from genvla_eval.closed_loop.conditions import Conditions
from genvla_eval.suite.cells import SUITES
from genvla_eval.suite.episodes import EpisodeOptions, Outcome, Played, play_cells
from genvla_eval.suite.table import as_json, as_markdown, results_of
from genvla_policy.checkpoint.folder import CheckpointMismatch, checkpoint_sha256
from genvla_sim.tasks.tabletop_env import LATENCY_S

EPISODES = 'episodes.jsonl'
FAILURES = 'failures'
_PACKAGES = ('mujoco', 'numpy', 'torch', 'transformers')


@dataclass(frozen=True)
class SuiteOptions(EpisodeOptions):
    """A suite, and who is asked."""

    suite: tyro.conf.Positional[
        Literal['visual_matching', 'visual_variants', 'masked_background', 'language', 'table_v']
    ]
    """Which suite."""
    out: Path
    """Folder to write, or of a run to go on with."""
    episodes: int = 50
    """Of each cell."""
    latency_s: float = LATENCY_S
    """From an image to the chunk that answers it [s]."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        super().__post_init__()
        if self.episodes < 1:
            raise ValueError('episodes must be at least 1')
        check_at_least(0, latency_s=self.latency_s)


@dataclass(frozen=True)
class _Settings:
    """What a run that goes on has to have in common with what was begun."""

    suite: str
    checkpoint_sha256: str
    episodes: int
    latency_s: float


def run_suite(options: SuiteOptions) -> dict[str, Any]:
    """Play what is missing and write summary.json and table.md; returns the summary.

    Raises:
        CheckpointMismatch: The folder holds no whole checkpoint.
        SettingsMismatch: The run was begun otherwise.
    """
    sha256 = checkpoint_sha256(options.checkpoint)
    settings = _Settings(options.suite, sha256, options.episodes, options.latency_s)
    keep_settings(options.out, settings)
    cells, path = SUITES[options.suite], options.out / EPISODES
    done = read_lines(path, Outcome)
    for played in play_cells(
        cells,
        options,
        episodes=options.episodes,
        conditions=Conditions(latency_s=options.latency_s),
        done=done,
    ):
        append(options.out, played)
    results = results_of(cells, read_lines(path, Outcome))
    summary = {
        'command': ' '.join(['genvla eval suite', *sys.argv[1:]]),
        'suite': options.suite,
        'checkpoint': str(options.checkpoint),
        'checkpoint_sha256': sha256,
        'latency_s': options.latency_s,
        'versions': versions(_PACKAGES),
        'cells': as_json(results),
    }
    write_whole(options.out / 'summary.json', json.dumps(summary, indent=2) + '\n')
    name = json.loads((options.checkpoint / 'config.json').read_text()).get('name', 'policy')
    write_whole(options.out / 'table.md', as_markdown(options.suite, results, name))
    return summary


def main(args: Sequence[str] | None = None) -> None:
    """Command line."""
    options = parse(SuiteOptions, args, module='genvla_eval.suite', description=__doc__)
    with ends_with_a_sentence(
        BrokenProcessPool,
        CheckpointMismatch,
        RayFailed,
        SettingsMismatch,
        OSError,
        ValueError,
        if_stopped='the same command goes on',
    ):
        run_suite(options)
        print((options.out / 'table.md').read_text(encoding='utf-8'))


def append(folder: Path, played: Sequence[Played]) -> None:
    """Write episodes, and of each cell the pictures of the first failure that is seen."""
    append_lines(folder / EPISODES, [each.outcome for each in played])
    for each in played:
        path = folder / FAILURES / f'{each.outcome.cell.replace("/", " ")}.png'
        if each.strip is not None and not path.exists():
            path.parent.mkdir(exist_ok=True)
            strip = np.hstack(list(each.strip))
            cv2.imwrite(str(path), cv2.cvtColor(strip, cv2.COLOR_RGB2BGR))
