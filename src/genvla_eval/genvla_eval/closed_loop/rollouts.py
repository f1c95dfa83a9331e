# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Closed-loop episodes of a checkpoint in the simulator, without ROS, in parallel.

    python -m genvla_eval.closed_loop.rollouts --task PickCarrot --episodes 100 --seed 0

Prints a line of JSON for each task. Every table has other things on it than the one that is asked
for, see --distractors. An episode is a function of task, seed and checkpoint, whatever the number
of workers. With --expert the scripted expert acts: that bounds what a clone of it can reach.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
import functools
import json
import os
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.threads import use_threads
from genvla_command.worker_pool import in_processes
from genvla_eval.wilson import wilson_interval
from genvla_policy.checkpoint.folder import CheckpointMismatch, checkpoint_sha256
from genvla_policy.decoding.options import ONE_CHOICE_A_PASS
from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_sim.tasks.rollout import EpisodeResult, run_episode, run_expert
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import (
    FIRST_TRAINING_SEED,
    LATENCY_S,
    TabletopEnv,
    check_latency,
)

_EPISODES_PER_JOB = 5
EVERY_TASK = 'all'


@dataclass(frozen=True)
class RolloutOptions:
    """Closed-loop episodes."""

    task: tuple[str, ...] = ('PickCarrot', 'PickEggplant', 'PickKnife')
    """Tasks, see python -m genvla_sim.gallery --help; "all" is every one of them."""
    episodes: int = 100
    """Of each task."""
    seed: int = 0
    """The episodes have this seed and those after it; demonstrations have others."""
    checkpoint: Path = SHIPPED_CHECKPOINT
    """Checkpoint folder."""
    expert: bool = False
    """Run the scripted expert, which sees the physical state, instead of a checkpoint."""
    distractors: int = 2
    """Things on the table that the task does not need."""
    max_steps: int = 80
    """An episode ends then."""
    latency_s: float = LATENCY_S
    """From a picture to the motion that answers it, from 0 to below 0.2 [s]."""
    workers: Annotated[int, tyro.conf.arg(help_behavior_hint='(default: one per core)')] = 0
    """Processes."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        unknown = [name for name in self.tasks if name not in TASKS]
        if unknown:
            raise ValueError(f'no task is called {unknown[0]!r}; there are {", ".join(TASKS)}')
        if len(set(self.tasks)) < len(self.tasks):
            raise ValueError(f'a task is named twice: {" ".join(self.task)}')
        if self.episodes < 1 or self.max_steps < 1:
            raise ValueError('episodes and max_steps must be at least 1')
        if self.distractors < 0 or self.workers < 0 or self.seed < 0:
            raise ValueError('distractors, workers and seed must be at least 0')
        if self.seed + self.episodes > FIRST_TRAINING_SEED:
            raise ValueError(
                f'seeds from {FIRST_TRAINING_SEED} on are those of demonstrations: a policy may '
                'have been trained on these scenes'
            )
        check_latency(self.latency_s)
        for name in self.tasks:
            TASKS[name].cluttered(self.distractors)

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names from TASKS."""
        return tuple(TASKS) if self.task == (EVERY_TASK,) else self.task


@dataclass(frozen=True)
class RolloutReport:
    """What came of one task's episodes; mean_steps is of the successful ones.

    The hash is None where the expert has acted.
    """

    task: str
    episodes: int
    successes: int
    success_rate: float
    wilson_95: tuple[float, float]
    mean_steps: float | None
    failures: dict[str, int]
    seed: int
    distractors: int
    latency_s: float
    checkpoint_sha256: str | None


def run_rollouts(options: RolloutOptions) -> Iterator[RolloutReport]:
    """Run the episodes; shows progress on a terminal.

    Raises:
        CheckpointMismatch: The folder holds no whole checkpoint.
    """
    sha256 = None if options.expert else checkpoint_sha256(options.checkpoint)
    seeds = range(options.seed, options.seed + options.episodes)
    jobs = [
        (options, task, seeds[first : first + _EPISODES_PER_JOB])
        for task in options.tasks
        for first in range(0, len(seeds), _EPISODES_PER_JOB)
    ]
    results: dict[str, list[EpisodeResult]] = {task: [] for task in options.tasks}
    for job, episodes in in_processes(
        _run_job,
        jobs,
        sizes=[len(job[2]) for job in jobs],
        workers=options.workers or os.cpu_count() or 1,
        unit='episode',
        start=functools.partial(use_threads, 1),
    ):
        results[job[1]] += episodes
    for task, episodes in results.items():
        yield _report(options, task, episodes, sha256)


def main(args: Sequence[str] | None = None) -> None:
    """Command line."""
    options = parse(
        RolloutOptions, args, module='genvla_eval.closed_loop.rollouts', description=__doc__
    )
    with ends_with_a_sentence(
        CheckpointMismatch, BrokenProcessPool, ValueError, if_stopped='nothing is kept'
    ):
        for report in run_rollouts(options):
            print(json.dumps(asdict(report)), flush=True)


def _report(
    options: RolloutOptions, task: str, episodes: Sequence[EpisodeResult], sha256: str | None
) -> RolloutReport:
    steps = [episode.steps for episode in episodes if episode.success]
    kinds = [episode.failure.value for episode in episodes if episode.failure]
    return RolloutReport(
        task=task,
        episodes=len(episodes),
        successes=len(steps),
        success_rate=len(steps) / len(episodes),
        wilson_95=wilson_interval(len(steps), len(episodes)),
        mean_steps=float(np.mean(steps)) if steps else None,
        failures={kind: kinds.count(kind) for kind in sorted(set(kinds))},
        seed=options.seed,
        distractors=options.distractors,
        latency_s=options.latency_s,
        checkpoint_sha256=sha256,
    )


def _run_job(job: tuple[RolloutOptions, str, Sequence[int]]) -> list[EpisodeResult]:
    options, name, seeds = job
    env = TabletopEnv(
        TASKS[name].cluttered(options.distractors),
        render_images=not options.expert,
        max_steps=options.max_steps,
        latency_s=options.latency_s,
    )
    try:
        if options.expert:
            return [run_expert(env, seed=seed) for seed in seeds]
        policy = _policy(options.checkpoint)
        return [run_episode(env, PolicyActor(policy, seed), seed=seed) for seed in seeds]
    finally:
        env.close()


class PolicyActor:
    """Asks a policy for a chunk whenever the last one is used up; of one episode."""

    def __init__(self, policy: Policy, seed: int) -> None:
        """Take a policy, which forgets what it did before, and the seed of its noise."""
        policy.restart(seed)
        self._policy = policy
        self._chunk: list[np.ndarray] = []

    def __call__(self, observation: dict[str, Any], info: dict[str, Any]) -> np.ndarray:
        """Return the next action, shape (7,)."""
        if not self._chunk:
            seen = Observation((observation['image'],), str(info['instruction']), 0.0)
            self._chunk = list(self._policy.infer(seen).actions)
        return self._chunk.pop(0)


@functools.lru_cache(maxsize=1)
def _policy(checkpoint: Path) -> Policy:
    return Policy.load(checkpoint, decoding=ONE_CHOICE_A_PASS)


if __name__ == '__main__':
    main()
