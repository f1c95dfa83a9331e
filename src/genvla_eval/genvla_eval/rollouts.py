# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Closed-loop episodes of a checkpoint in the simulator, without ROS, in parallel.

    python -m genvla_eval.rollouts --task PickCarrot --episodes 100 --seed 0

Prints a line of JSON for each task. Every table has other things on it than the one that is asked
for, see --distractors. An episode is a function of task, seed and checkpoint, whatever the number
of workers. With --expert the scripted expert acts: that bounds what a clone of it can reach.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
import json
from typing import Any

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.ray_jobs import RayFailed
from genvla_eval.suite.cells import PICKS, Cell
from genvla_eval.suite.episodes import MAX_STEPS, EpisodeOptions, play_cells
from genvla_eval.suite.table import results_of
from genvla_eval.suite.view import PICTURE_SIZE
from genvla_policy.checkpoint.folder import CheckpointMismatch, checkpoint_sha256
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import FIRST_TRAINING_SEED

EVERY_TASK = 'all'


@dataclass(frozen=True)
class RolloutOptions(EpisodeOptions):
    """Closed-loop episodes."""

    task: tuple[str, ...] = PICKS
    """Tasks, see python -m genvla_sim.gallery --help; "all" is every one of them."""
    episodes: int = 100
    """Of each task."""
    seed: int = 0
    """The episodes have this seed and those after it; demonstrations have others."""
    expert: bool = False
    """Run the scripted expert, which sees the physical state, instead of a checkpoint."""
    distractors: int = 2
    """Things on the table that the task does not need."""
    max_steps: int = MAX_STEPS
    """An episode ends then."""
    picture_size: tuple[int, int] = PICTURE_SIZE
    """Width and height of the camera's pictures [px]; a wider one sees more at the sides."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        super().__post_init__()
        unknown = [name for name in self.tasks if name not in TASKS]
        if unknown:
            raise ValueError(f'no task is called {unknown[0]!r}; there are {", ".join(TASKS)}')
        if len(set(self.tasks)) < len(self.tasks):
            raise ValueError(f'a task is named twice: {" ".join(self.task)}')
        if self.episodes < 1 or self.max_steps < 1:
            raise ValueError('episodes and max_steps must be at least 1')
        if min(self.picture_size) < 1:
            raise ValueError('picture_size must be at least 1 1')
        if self.distractors < 0 or self.seed < 0:
            raise ValueError('distractors and seed must be at least 0')
        if self.seed + self.episodes > FIRST_TRAINING_SEED:
            raise ValueError(
                f'seeds from {FIRST_TRAINING_SEED} on are those of demonstrations: a policy may '
                'have been trained on these scenes'
            )
        for name in self.tasks:
            TASKS[name].cluttered(self.distractors)

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names from TASKS."""
        return tuple(TASKS) if self.task == (EVERY_TASK,) else self.task


def run_rollouts(options: RolloutOptions) -> Iterator[dict[str, Any]]:
    """Run the episodes and yield a report of each task; shows progress on a terminal.

    Its mean_steps is of the episodes that succeeded; its hash is None where the expert has acted.

    Raises:
        CheckpointMismatch: The folder holds no whole checkpoint.
    """
    sha256 = None if options.expert else checkpoint_sha256(options.checkpoint)
    cells = [
        Cell('rollouts', task, 'rollout', distractors=options.distractors, seed=options.seed)
        for task in options.tasks
    ]
    parts = play_cells(
        cells,
        options,
        episodes=options.episodes,
        expert=options.expert,
        max_steps=options.max_steps,
        strips=False,
        picture_size=options.picture_size,
    )
    results = results_of(cells, [each.outcome for part in parts for each in part])
    for cell in cells:
        result = results[cell.name]
        yield {
            'task': cell.task,
            'episodes': result.episodes,
            'successes': result.successes,
            'success_rate': result.successes / result.episodes,
            'wilson_95': result.wilson_95,
            'mean_steps': result.mean_steps,
            'failures': result.failures,
            'seed': result.first_seed,
            'distractors': cell.distractors,
            'latency_s': options.latency_s,
            'picture_size': options.picture_size,
            'checkpoint_sha256': sha256,
        }


def main(args: Sequence[str] | None = None) -> None:
    """Command line."""
    options = parse(RolloutOptions, args, module='genvla_eval.rollouts', description=__doc__)
    with ends_with_a_sentence(
        CheckpointMismatch,
        BrokenProcessPool,
        RayFailed,
        ValueError,
        if_stopped='nothing is kept',
    ):
        for report in run_rollouts(options):
            print(json.dumps(report), flush=True)


if __name__ == '__main__':
    main()
