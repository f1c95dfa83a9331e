# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run suites of closed-loop simulator episodes, each of which tests one ability of a policy.

    genvla eval suite visual_variants --out runs/suites/variants
    genvla eval suite table_v --checkpoint MINE --out runs/suites/v

visual_matching: the scene as in training. visual_variants: background, lighting, table,
distractors and camera, one at a time and together. masked_background: everything except objects
and arm is painted over. language: the task's own words, paraphrases, and paraphrases held out from
training. table_v: the twelve rows of the paper's Table V. The same command resumes an interrupted
run.
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
    """Suite to run, and the checkpoint to test."""

    suite: tyro.conf.Positional[
        Literal['visual_matching', 'visual_variants', 'masked_background', 'language', 'table_v']
    ]
    """Name of the suite."""
    out: Path
    """Folder to write, or the folder of a run to resume."""
    episodes: int = 50
    """Number of episodes per cell."""
    latency_s: float = LATENCY_S
    """Latency from an image to the chunk that answers it [s]."""

    def __post_init__(self) -> None:
        """Reject invalid options."""
        super().__post_init__()
        if self.episodes < 1:
            raise ValueError('episodes must be at least 1')
        check_at_least(0, latency_s=self.latency_s)


@dataclass(frozen=True)
class _Settings:
    """Settings that must not change when a run resumes."""

    suite: str
    checkpoint_sha256: str
    episodes: int
    latency_s: float


def run_suite(options: SuiteOptions) -> dict[str, Any]:
    """Run the missing episodes, write summary.json and table.md, and return the summary.

    Raises:
        CheckpointMismatch: The folder does not hold a complete checkpoint.
        SettingsMismatch: The run was started with other settings.
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
    """Run the command line."""
    options = parse(SuiteOptions, args, module='genvla_eval.suite', description=__doc__)
    with ends_with_a_sentence(
        BrokenProcessPool,
        CheckpointMismatch,
        RayFailed,
        SettingsMismatch,
        OSError,
        ValueError,
        if_stopped='run the same command again to resume',
    ):
        run_suite(options)
        print((options.out / 'table.md').read_text(encoding='utf-8'))


def append(folder: Path, played: Sequence[Played]) -> None:
    """Write episodes, and pictures of the first failure of each cell."""
    append_lines(folder / EPISODES, [each.outcome for each in played])
    for each in played:
        path = folder / FAILURES / f'{each.outcome.cell.replace("/", " ")}.png'
        if each.strip is not None and not path.exists():
            path.parent.mkdir(exist_ok=True)
            strip = np.hstack(list(each.strip))
            cv2.imwrite(str(path), cv2.cvtColor(strip, cv2.COLOR_RGB2BGR))
