# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run closed-loop episodes of a checkpoint in the simulator, without ROS, in parallel.

    genvla eval rollouts --task PickCarrot --episodes 100 --seed 0
    genvla eval rollouts --latency-s 0 0.4 --execution commit replace --out runs/latency

The bridge's controller executes the chunks in virtual time, so an answer has exactly the requested
latency. The output is one line of JSON per task, latency and execution. Every table has objects
besides the target, see --distractors. An episode depends only on task, seed, checkpoint, latency
and execution, whatever the number of workers. With --expert, the scripted expert acts, which
bounds the success of its clones. With --out, episodes are kept and a plot is drawn; the same
command resumes the run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
import json
from pathlib import Path
import shlex
import sys
from typing import Annotated, Any

import numpy as np
import tyro

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.json_lines import append_lines, read_lines
from genvla_command.kept_settings import SettingsMismatch, keep_settings
from genvla_command.ray_jobs import RayFailed
from genvla_eval.closed_loop.conditions import Conditions, Way
from genvla_eval.closed_loop.latency_plot import latency_plot
from genvla_eval.suite.card import section, with_section
from genvla_eval.suite.cells import PICKS, Cell
from genvla_eval.suite.episodes import MAX_STEPS, EpisodeOptions, Outcome, play_cells
from genvla_eval.suite.table import results_of
from genvla_eval.suite.view import PICTURE_SIZE
from genvla_policy.checkpoint.folder import (
    CARD_FILE,
    Checkpoint,
    CheckpointMismatch,
    checkpoint_sha256,
)
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import FIRST_TRAINING_SEED, LATENCY_S
from genvla_viperx.safety.config import SafetyConfig

EVERY_TASK = 'all'
PLOT = 'latency.png'
_UNLIMITED = SafetyConfig(max_joint_acceleration=0.0, max_joint_jerk=0.0)


@dataclass(frozen=True)
class RolloutOptions(EpisodeOptions):
    """Closed-loop episodes to run."""

    task: tuple[str, ...] = PICKS
    """Tasks, see python -m genvla_sim.gallery --help; "all" is every one of them."""
    episodes: int = 100
    """Number of episodes of each task."""
    seed: int = 0
    """Seed of the first episode; later ones use the following seeds. Demonstrations use others."""
    expert: bool = False
    """Run the scripted expert, which sees the physical state, instead of a checkpoint."""
    distractors: int = 2
    """Number of objects on the table that the task does not need."""
    max_steps: int = MAX_STEPS
    """Maximum number of steps of an episode."""
    picture_size: tuple[int, int] = PICTURE_SIZE
    """Width and height of the camera's images [px]; a wider image shows more at the sides."""
    latency_s: tuple[float, ...] = (LATENCY_S,)
    """Latencies from an image to the chunk that answers it [s]."""
    jitter: float = 0.0
    """Maximum relative deviation of the latency, uniform in both directions; from 0 to 1."""
    execution: Annotated[tuple[Way, ...], tyro.conf.EnumChoicesFromValues] = (Way.COMMIT,)
    """How chunks follow each other. commit: each continues from the committed actions; if the
    checkpoint was not trained to, replace runs instead. replace: the newest one replaces the
    previous one. ensemble: means over all chunks that cover a time. blocking: each is executed
    completely, then the arm stands still."""
    limits: bool = True
    """Limit acceleration and jerk, as the bridge does."""
    out: Path | None = None
    """Folder to write, or the folder of a run to resume."""
    card: bool = False
    """Write the results into the checkpoint's README.md."""

    def __post_init__(self) -> None:
        """Reject invalid options."""
        super().__post_init__()
        unknown = [name for name in self.tasks if name not in TASKS]
        if unknown:
            raise ValueError(f'no task is called {unknown[0]!r}; available: {", ".join(TASKS)}')
        if len(set(self.tasks)) < len(self.tasks):
            raise ValueError(f'a task is given twice: {" ".join(self.task)}')
        if self.episodes < 1 or self.max_steps < 1:
            raise ValueError('episodes and max_steps must be at least 1')
        if min(self.picture_size) < 1:
            raise ValueError('picture_size must be at least 1 1')
        if self.distractors < 0 or self.seed < 0:
            raise ValueError('distractors and seed must be at least 0')
        if self.seed + self.episodes > FIRST_TRAINING_SEED:
            raise ValueError(
                f'seeds from {FIRST_TRAINING_SEED} on are for demonstrations: a policy may have '
                'been trained on these scenes'
            )
        for name in self.tasks:
            TASKS[name].cluttered(self.distractors)
        if not self.latency_s or not self.execution:
            raise ValueError('latency_s and execution need at least one value each')
        if self.card and (self.expert or len(self.conditions) > 1):
            raise ValueError('--card needs a checkpoint, one latency and one execution')

    @property
    def conditions(self) -> list[Conditions]:
        """Every combination of execution and latency."""
        return [
            Conditions(way, latency_s, self.jitter)
            for way in self.execution
            for latency_s in self.latency_s
        ]

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks in TASKS."""
        return tuple(TASKS) if self.task == (EVERY_TASK,) else self.task


@dataclass(frozen=True)
class _Settings:
    """Settings that must not change when a run resumes."""

    checkpoint_sha256: str | None
    seed: int
    distractors: int
    max_steps: int
    picture_size: tuple[int, int]
    jitter: float
    limits: bool


def run_rollouts(options: RolloutOptions) -> Iterator[dict[str, Any]]:
    """Run the episodes and yield a report on each task, with a progress bar on a terminal.

    mean_steps covers the successful episodes. The hash is None for the expert.

    Raises:
        CheckpointMismatch: The folder does not hold a complete checkpoint.
        SettingsMismatch: The run in the folder was started with other settings.
        OSError: The folder is not writable.
    """
    sha256 = None if options.expert else checkpoint_sha256(options.checkpoint)
    if options.out is not None:
        keep_settings(
            options.out,
            _Settings(
                sha256,
                options.seed,
                options.distractors,
                options.max_steps,
                options.picture_size,
                options.jitter,
                options.limits,
            ),
        )
    for conditions in _runnable(options):
        yield from _run(options, conditions, sha256)


def _runnable(options: RolloutOptions) -> list[Conditions]:
    """Return the conditions to run, without commit if the checkpoint cannot commit actions."""
    conditions = options.conditions
    if options.expert or Way.COMMIT not in options.execution:
        return conditions
    config = Checkpoint.open(options.checkpoint).config
    if config.begun_share:
        return conditions
    print(
        f'{config.name} was not trained to continue from committed actions (begun_share is 0): '
        'replace runs instead of commit',
        file=sys.stderr,
    )
    honest = [
        replace(each, way=Way.REPLACE) if each.way is Way.COMMIT else each for each in conditions
    ]
    return list(dict.fromkeys(honest))


def _run(
    options: RolloutOptions, conditions: Conditions, sha256: str | None
) -> Iterator[dict[str, Any]]:
    cells = [
        Cell('rollouts', task, 'rollout', distractors=options.distractors, seed=options.seed)
        for task in options.tasks
    ]
    name = f'{conditions.way} {conditions.latency_s:g} s.jsonl'
    path = None if options.out is None else options.out / name
    outcomes = [] if path is None else read_lines(path, Outcome)
    parts = play_cells(
        cells,
        options,
        episodes=options.episodes,
        conditions=conditions,
        expert=options.expert,
        max_steps=options.max_steps,
        strips=False,
        picture_size=options.picture_size,
        safety=None if options.limits else _UNLIMITED,
        done=outcomes,
    )
    for part in parts:
        played = [each.outcome for each in part]
        outcomes += played
        if path is not None:
            append_lines(path, played)
    results = results_of(cells, outcomes)
    for cell in cells:
        result = results[cell.name]
        own = [each for each in outcomes if each.cell == cell.name]
        delays_s = [s for each in own if (s := each.image_to_command_s) is not None]
        rules: Counter[str] = Counter()
        for each in own:
            rules.update(each.interventions)
        yield {
            'task': cell.task,
            'execution': str(conditions.way),
            'latency_s': conditions.latency_s,
            'jitter': conditions.jitter,
            'episodes': result.episodes,
            'successes': result.successes,
            'success_rate': result.successes / result.episodes,
            'wilson_95': result.wilson_95,
            'mean_steps': result.mean_steps,
            'failures': result.failures,
            'velocity_change': max(each.velocity_change for each in own),
            'interventions': dict(sorted(rules.items())),
            'stopped': sum(bool(each.stopped) for each in own),
            'image_to_command_s': float(np.mean(delays_s)) if delays_s else None,
            'seed': result.first_seed,
            'distractors': cell.distractors,
            'picture_size': options.picture_size,
            'checkpoint_sha256': sha256,
        }


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = parse(RolloutOptions, args, module='genvla_eval.rollouts', description=__doc__)
    with ends_with_a_sentence(
        CheckpointMismatch,
        BrokenProcessPool,
        RayFailed,
        SettingsMismatch,
        OSError,
        ValueError,
        if_stopped='with --out, run the same command to resume; otherwise, nothing was saved',
    ):
        reports = []
        for report in run_rollouts(options):
            reports.append(report)
            print(json.dumps(report), flush=True)
        if options.card:
            _write_card(options.checkpoint, reports, sys.argv[1:] if args is None else args)
        if options.out is not None:
            (options.out / PLOT).write_bytes(latency_plot(reports))
            print(f'{options.out / PLOT}', file=sys.stderr)


def _write_card(
    checkpoint: Path, reports: Sequence[Mapping[str, Any]], args: Sequence[str]
) -> None:
    card = checkpoint / CARD_FILE
    command = f'genvla eval rollouts {shlex.join(args)}'
    text = with_section(card.read_text(encoding='utf-8'), section(reports, command))
    card.write_text(text, encoding='utf-8')
    print(f'{card}', file=sys.stderr)


if __name__ == '__main__':
    main()
