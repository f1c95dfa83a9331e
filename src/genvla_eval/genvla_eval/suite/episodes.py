# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Episodes of one cell, with what came of each."""

from __future__ import annotations

from dataclasses import dataclass
import functools
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from genvla_eval.suite.cells import Cell
from genvla_eval.suite.view import View
from genvla_policy.decoding.options import ONE_CHOICE_A_PASS
from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation
from genvla_sim.tasks.rollout import EpisodeResult, Failure, run_episode
from genvla_sim.tasks.table_v import TASKS, lifted
from genvla_sim.tasks.tabletop_env import TabletopEnv

MAX_STEPS = 80
_STRIP = 6
_THUMBNAIL = (160, 120)

KINDS = {
    Failure.NEVER_GRASPED: 'never reached',
    Failure.DROPPED: 'dropped',
    Failure.OFF_TABLE: 'dropped',
    Failure.STILL_HELD: 'timeout',
    Failure.WRONG_PLACE: 'timeout',
}
"""What a failure is called in a suite; 'wrong object' goes before all."""


@dataclass(frozen=True)
class Outcome:
    """What came of one episode; a line of episodes.jsonl."""

    cell: str
    number: int
    seed: int
    instruction: str
    success: bool
    steps: int
    failure: str
    """Empty: it succeeded."""


@dataclass(frozen=True, eq=False)
class Played:
    """An episode with pictures of it, (6, 120, 160, 3) uint8 RGB, where it failed."""

    outcome: Outcome
    strip: NDArray[np.uint8] | None


@dataclass(frozen=True)
class Job:
    """Some episodes of a cell."""

    cell: Cell
    numbers: tuple[int, ...]
    checkpoint: Path
    latency_s: float


def play(job: Job) -> list[Played]:
    """Run the episodes; each is a function of cell, number and checkpoint."""
    cell = job.cell
    env = TabletopEnv(
        TASKS[cell.task].cluttered(cell.distractors),
        render_images=False,
        max_steps=MAX_STEPS,
        latency_s=job.latency_s,
    )
    try:
        policy = _policy(job.checkpoint)
        return [_play_one(env, policy, cell, number) for number in job.numbers]
    finally:
        env.close()


def _play_one(env: TabletopEnv, policy: Policy, cell: Cell, number: int) -> Played:
    seed = cell.first_seed + number
    policy.restart(seed)
    actor = _Actor(env, policy, cell, number, View.draw(cell.factor, np.random.default_rng(seed)))
    result = run_episode(env, actor, seed=seed)
    wrong = actor.lifted - {env.task.target}
    outcome = Outcome(
        cell=cell.name,
        number=number,
        seed=seed,
        instruction=actor.instruction,
        success=result.success,
        steps=result.steps,
        failure=_kind(result, wrong),
    )
    return Played(outcome, None if result.success else actor.strip())


def _kind(result: EpisodeResult, wrong: set[str]) -> str:
    if result.failure is None:
        return ''
    return 'wrong object' if wrong else KINDS[result.failure]


class _Actor:
    """Sees the scene as its view has it, and remembers what was lifted."""

    def __init__(
        self, env: TabletopEnv, policy: Policy, cell: Cell, number: int, view: View
    ) -> None:
        self.lifted: set[str] = set()
        self.instruction = ''
        self._env, self._policy, self._view = env, policy, view
        self._cell, self._number = cell, number
        self._chunk: list[NDArray[np.float64]] = []
        self._seen: list[NDArray[np.uint8]] = []

    def __call__(self, _observation: dict[str, Any], info: dict[str, Any]) -> NDArray[np.float64]:
        self.instruction = self._cell.instruction(str(info['instruction']), self._number)
        if name := lifted(self._env.state()):
            self.lifted.add(name)
        picture = self._view.picture(self._env.simulation)
        self._seen.append(
            np.asarray(cv2.resize(picture, _THUMBNAIL, interpolation=cv2.INTER_AREA), np.uint8)
        )
        if not self._chunk:
            asked = Observation((picture,), self.instruction, 0.0)
            self._chunk = list(self._policy.infer(asked).actions)
        return self._chunk.pop(0)

    def strip(self) -> NDArray[np.uint8]:
        """Six pictures of the episode, evenly apart."""
        chosen = np.linspace(0, len(self._seen) - 1, _STRIP).round().astype(int)
        return np.stack([self._seen[index] for index in chosen])


@functools.lru_cache(maxsize=1)
def _policy(checkpoint: Path) -> Policy:
    return Policy.load(checkpoint, decoding=ONE_CHOICE_A_PASS)
