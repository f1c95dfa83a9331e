# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Suites of closed-loop episodes in the simulator, each asking one thing of a policy.

    python -m genvla_eval.suite visual_variants --out runs/suites/variants
    python -m genvla_eval.suite table_v --checkpoint MINE --out runs/suites/v

visual_matching: the scene as in training. visual_variants: background, lighting, table,
distractors and camera, one at a time and together. masked_background: all but objects and arm
painted over. language: the task's words, paraphrases, and paraphrases that nothing was trained on.
table_v: the twelve rows of the paper's Table V. The same command again goes on where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
import functools
import json
import os
from pathlib import Path
import sys
from typing import Annotated, Any, Literal

import tyro

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.kept_settings import SettingsMismatch, keep_settings
from genvla_command.ray_jobs import RayFailed, on_ray
from genvla_command.threads import use_threads
from genvla_command.versions import versions
from genvla_command.whole_folder import write_whole
from genvla_command.worker_pool import in_processes
from genvla_eval.suite.cells import SUITES, Cell
from genvla_eval.suite.episodes import Job, play
from genvla_eval.suite.results import append, read_outcomes
from genvla_eval.suite.table import as_json, as_markdown, results_of
from genvla_policy.checkpoint.folder import CheckpointMismatch, checkpoint_sha256
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_sim.tasks.tabletop_env import LATENCY_S, check_latency

_EPISODES_PER_JOB = 5
_PACKAGES = ('mujoco', 'numpy', 'torch', 'transformers')


@dataclass(frozen=True)
class SuiteOptions:
    """A suite, and who is asked."""

    suite: tyro.conf.Positional[
        Literal['visual_matching', 'visual_variants', 'masked_background', 'language', 'table_v']
    ]
    """Which suite."""
    out: Path
    """Folder to write, or of a run to go on with."""
    checkpoint: Path = SHIPPED_CHECKPOINT
    """Checkpoint folder."""
    episodes: int = 50
    """Of each cell."""
    latency_s: float = LATENCY_S
    """From a picture to the motion that answers it, from 0 to below 0.2 [s]."""
    workers: Annotated[int, tyro.conf.arg(help_behavior_hint='(default: one per core)')] = 0
    """Processes."""
    ray: str = ''
    """Play on a Ray cluster instead: "auto" for the one that runs here, HOST:6379, or
    ray://HOST:10001. Its machines see the same files under the same names."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        if self.episodes < 1 or self.workers < 0:
            raise ValueError('episodes must be at least 1 and workers at least 0')
        check_latency(self.latency_s)


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
    done = {(each.cell, each.number) for each in read_outcomes(options.out)}
    jobs = [job for cell in SUITES[options.suite] for job in _jobs(cell, options, done)]
    everywhere = (
        functools.partial(on_ray, address=options.ray)
        if options.ray
        else functools.partial(in_processes, workers=options.workers or os.cpu_count() or 1)
    )
    for _, played in everywhere(
        play,
        jobs,
        sizes=[len(job.numbers) for job in jobs],
        unit='episode',
        start=functools.partial(use_threads, 1),
        already_done=len(done),
    ):
        append(options.out, played)
    results = results_of(options.suite, read_outcomes(options.out))
    summary = {
        'command': ' '.join(['python -m genvla_eval.suite', *sys.argv[1:]]),
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


def _jobs(cell: Cell, options: SuiteOptions, done: set[tuple[str, int]]) -> list[Job]:
    missing = [n for n in range(options.episodes) if (cell.name, n) not in done]
    return [
        Job(
            cell,
            tuple(missing[first : first + _EPISODES_PER_JOB]),
            options.checkpoint,
            options.latency_s,
        )
        for first in range(0, len(missing), _EPISODES_PER_JOB)
    ]
