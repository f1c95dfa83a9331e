# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run one episode of a task from start to end, and judge it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_sim.scene.state import TabletopState
from genvla_sim.tasks.expert import Expert
from genvla_sim.tasks.table_v import Task, height_above_rest, is_held, lifted
from genvla_sim.tasks.tabletop_env import Observation, TabletopEnv

Array = NDArray[np.float64]
Act = Callable[[Observation, dict[str, Any]], Array]
"""A policy: maps observation and info of `TabletopEnv` to an action, shape (7,)."""


class Verdict(StrEnum):
    """Outcome of an episode, in the simulator or on the robot.

    Attributes:
        SUCCESS: The task was done.
        NEVER_REACHED: The target was never between the fingers.
        WRONG_OBJECT: Another object was lifted, whatever happened to the target.
        DROPPED: The target was released, on the table or off it.
        TIMEOUT: The target was held, or was put elsewhere, when the time was up.
    """

    SUCCESS = 'success'
    NEVER_REACHED = 'never reached'
    WRONG_OBJECT = 'wrong object'
    DROPPED = 'dropped'
    TIMEOUT = 'timeout'


@dataclass(frozen=True)
class EpisodeResult:
    """Outcome of one episode, and its number of steps."""

    verdict: Verdict
    steps: int


class Judge:
    """Observes an episode step by step, and gives a verdict."""

    def __init__(self, task: Task) -> None:
        """Start with a task as drawn for the episode."""
        self._task = task
        self._state: TabletopState | None = None
        self._was_held = False
        self._lifted: set[str] = set()

    def look(self, state: TabletopState) -> bool:
        """Process the state after a step; return whether the task is done."""
        self._state = state
        self._was_held = self._was_held or is_held(state.objects[self._task.target])
        if name := lifted(state):
            self._lifted.add(name)
        return self._task.success(state)

    def verdict(self) -> Verdict:
        """Return the verdict of the episode, after at least one step."""
        assert self._state is not None
        if self._task.success(self._state):
            return Verdict.SUCCESS
        if self._lifted - {self._task.target}:
            return Verdict.WRONG_OBJECT
        return _failure(self._task, self._state, self._was_held)


def run_episode(env: TabletopEnv, act: Act, *, seed: int) -> EpisodeResult:
    """Run a policy from reset until the episode terminates or is truncated."""
    observation, info = env.reset(seed=seed)
    judge, steps, done = Judge(env.task), 0, False
    while not done:
        observation, _, terminated, truncated, info = env.step(act(observation, info))
        steps += 1
        done = terminated or truncated
        judge.look(env.state())
    return EpisodeResult(judge.verdict(), steps)


def run_expert(env: TabletopEnv, *, seed: int) -> EpisodeResult:
    """Run the scripted expert, which reads the physical state instead of the observation."""
    return run_episode(env, lambda _obs, _info: Expert(env.task).act(env.state()), seed=seed)


def _failure(task: Task, state: TabletopState, was_held: bool) -> Verdict:
    target = state.objects[task.target]
    if height_above_rest(task.target, target) < -0.02:
        return Verdict.DROPPED
    if not was_held:
        return Verdict.NEVER_REACHED
    if is_held(target) or task.destination is not None:
        return Verdict.TIMEOUT
    return Verdict.DROPPED
