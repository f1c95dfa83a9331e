# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the episodes of cells and collect their outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
import functools
import os
from pathlib import Path
from typing import Annotated, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
import tyro

from genvla_command.ray_jobs import on_ray
from genvla_command.threads import use_threads
from genvla_command.worker_pool import in_processes
from genvla_eval.closed_loop.actor import load_policy
from genvla_eval.closed_loop.conditions import DEFAULT_CONDITIONS, Conditions
from genvla_eval.closed_loop.expert_policy import ExpertPolicy
from genvla_eval.closed_loop.virtual_time import Answering, VirtualEpisode
from genvla_eval.suite.cells import Cell
from genvla_eval.suite.view import PICTURE_SIZE, View
from genvla_policy.inference.policy import Policy
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_policy.shipped.option import CheckpointFolder
from genvla_sim.tasks.rollout import Verdict
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import TabletopEnv
from genvla_viperx.safety.config import SafetyConfig

MAX_STEPS = 80
_EPISODES_PER_JOB = 5
_STRIP = 6
_THUMBNAIL = (160, 120)
_UNSEEN = np.zeros((1, 1, 3), np.uint8)
"""Placeholder picture for the expert, which reads the state instead."""
EXPERT_HORIZON = 8
"""Number of actions in the expert's chunks, as in the tiny policy's."""


@dataclass(frozen=True, kw_only=True)
class EpisodeOptions:
    """Policy that acts, and where the episodes run."""

    checkpoint: CheckpointFolder = SHIPPED_CHECKPOINT
    """Checkpoint folder."""
    workers: Annotated[int, tyro.conf.arg(help_behavior_hint='(default: one per core)')] = 0
    """Number of worker processes."""
    ray: str = ''
    """Run on a Ray cluster instead: "auto" for one on this machine, HOST:6379, or
    ray://HOST:10001. Its machines must see the same files under the same names."""

    def __post_init__(self) -> None:
        """Reject invalid options."""
        if self.workers < 0:
            raise ValueError('workers must be at least 0')


@dataclass(frozen=True)
class Outcome:
    """Outcome of one episode; a line of episodes.jsonl."""

    cell: str
    number: int
    seed: int
    instruction: str
    success: bool
    steps: int
    failure: Verdict | Literal['']
    """Empty if the episode succeeded."""
    velocity_change: float = 0.0
    """Largest change of a joint's velocity between consecutive commands [rad/s]."""
    interventions: dict[str, int] = field(default_factory=dict)
    """Number of interventions by rule of the bridge; rules without any are omitted."""
    image_to_command_s: float | None = None
    """Mean time from an image to the first command that it decided [s]; None: there was no such
    command."""
    stopped: str = ''
    """Why the bridge stopped the arm at the end; empty: it did not."""

    def __post_init__(self) -> None:
        """Convert the text of a line to a verdict.

        Raises:
            ValueError: The verdict does not exist.
        """
        object.__setattr__(self, 'failure', self.failure and Verdict(self.failure))


@dataclass(frozen=True, eq=False)
class Played:
    """An episode; if a policy failed, with pictures of it, (6, 120, 160, 3) uint8 RGB."""

    outcome: Outcome
    strip: NDArray[np.uint8] | None


@dataclass(frozen=True)
class Job:
    """A batch of episodes of one cell.

    Attributes:
        cell: The cell.
        numbers: Numbers of the episodes.
        checkpoint: Folder of the policy; None: the scripted expert acts.
        conditions: How chunks follow each other, and the latency of answers.
        max_steps: Maximum number of steps of an episode.
        strips: Keep pictures of failed episodes.
        picture_size: Width and height of the camera's pictures [px].
        safety: Limits of the bridge; None: the defaults.
    """

    cell: Cell
    numbers: tuple[int, ...]
    checkpoint: Path | None
    conditions: Conditions = DEFAULT_CONDITIONS
    max_steps: int = MAX_STEPS
    strips: bool = True
    picture_size: tuple[int, int] = PICTURE_SIZE
    safety: SafetyConfig | None = None


def play_cells(
    cells: Sequence[Cell],
    options: EpisodeOptions,
    *,
    episodes: int,
    conditions: Conditions = DEFAULT_CONDITIONS,
    expert: bool = False,
    max_steps: int = MAX_STEPS,
    strips: bool = True,
    picture_size: tuple[int, int] = PICTURE_SIZE,
    safety: SafetyConfig | None = None,
    done: Sequence[Outcome] = (),
) -> Iterator[list[Played]]:
    """Run the missing episodes in parallel, yielding them in the order of completion.

    Args:
        cells: The cells to run.
        options: Policy that acts, and where the episodes run.
        episodes: Number of episodes per cell.
        conditions: How chunks follow each other, and the latency of answers.
        expert: The scripted expert acts instead of the checkpoint.
        max_steps: Maximum number of steps of an episode.
        strips: Keep pictures of failed episodes.
        picture_size: Width and height of the camera's pictures [px].
        safety: Limits of the bridge; None: the defaults.
        done: Episodes of earlier runs.

    Raises:
        RayFailed, BrokenProcessPool: The cluster or a process has died.
        Exception: Any exception of an episode.
    """
    known = {(each.cell, each.number) for each in done}
    jobs = []
    for cell in cells:
        missing = [n for n in range(episodes) if (cell.name, n) not in known]
        for first in range(0, len(missing), _EPISODES_PER_JOB):
            numbers = tuple(missing[first : first + _EPISODES_PER_JOB])
            checkpoint = None if expert else options.checkpoint
            jobs.append(
                Job(
                    cell,
                    numbers,
                    checkpoint,
                    conditions,
                    max_steps,
                    strips,
                    picture_size,
                    safety,
                )
            )
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
        yield played


def play(job: Job) -> list[Played]:
    """Run the episodes of a job; each depends only on cell, number, checkpoint and conditions."""
    cell = job.cell
    env = TabletopEnv(
        TASKS[cell.task].cluttered(cell.distractors),
        render_images=False,
    )
    try:
        policy = None if job.checkpoint is None else load_policy(job.checkpoint)
        return [_play_one(env, policy, job, number) for number in job.numbers]
    finally:
        env.close()


def _play_one(env: TabletopEnv, policy: Policy | None, job: Job, number: int) -> Played:
    cell = job.cell
    seed = cell.first_seed + number
    seen: list[NDArray[np.uint8]] = []
    view = View.draw(cell.factor, np.random.default_rng(seed), picture_size=job.picture_size)

    def see() -> NDArray[np.uint8]:
        if policy is None:
            return _UNSEEN
        picture = view.picture(env.simulation)
        if job.strips:
            small = cv2.resize(picture, _THUMBNAIL, interpolation=cv2.INTER_AREA)
            seen.append(np.asarray(small, np.uint8))
        return picture

    env.reset(seed=seed)
    instruction = cell.instruction(env.task.instruction, number)
    answering: Answering = ExpertPolicy(env, EXPERT_HORIZON)
    horizon = EXPERT_HORIZON
    if policy is not None:
        policy.restart(seed)
        answering, horizon = policy, policy.config.horizon if policy.can_commit else 1
    episode = VirtualEpisode(
        env,
        answering,
        conditions=job.conditions,
        horizon=horizon,
        instruction=instruction,
        see=see,
        rng=np.random.default_rng((seed, 2)),
        safety=job.safety,
    )
    run = episode.run(job.max_steps)
    success = run.verdict is Verdict.SUCCESS
    outcome = Outcome(
        cell=cell.name,
        number=number,
        seed=seed,
        instruction=instruction,
        success=success,
        steps=run.steps,
        failure='' if success else run.verdict,
        velocity_change=run.velocity_change,
        interventions=run.interventions,
        image_to_command_s=run.image_to_command_s,
        stopped=run.stopped,
    )
    return Played(outcome, None if success or not seen else _strip(seen))


def _strip(seen: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return six evenly spaced pictures of the episode."""
    chosen = np.linspace(0, len(seen) - 1, _STRIP).round().astype(int)
    return np.stack([seen[index] for index in chosen])
