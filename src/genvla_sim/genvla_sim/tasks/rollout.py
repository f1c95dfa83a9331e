# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One episode of a task from start to end, with what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_sim.scene.state import TabletopState
from genvla_sim.tasks.expert import Expert
from genvla_sim.tasks.table_v import Task, height_above_rest, is_held
from genvla_sim.tasks.tabletop_env import Observation, TabletopEnv

Array = NDArray[np.float64]
Act = Callable[[Observation, dict[str, Any]], Array]
"""A policy: observation and info of `TabletopEnv` to an action, shape (7,)."""


class Failure(Enum):
    """How far an episode that did not succeed came."""

    NEVER_GRASPED = 'never grasped'
    DROPPED = 'dropped'
    STILL_HELD = 'still held'
    WRONG_PLACE = 'wrong place'
    OFF_TABLE = 'off the table'


@dataclass(frozen=True)
class EpisodeResult:
    """What came of one episode."""

    task: str
    instruction: str
    seed: int
    success: bool
    steps: int
    failure: Failure | None
    """None exactly if the episode succeeded."""


def run_episode(env: TabletopEnv, act: Act, *, seed: int) -> EpisodeResult:
    """Run a policy from reset until the episode terminates or is truncated."""
    observation, info = env.reset(seed=seed)
    steps, done, was_held = 0, False, False
    while not done:
        observation, _, terminated, truncated, info = env.step(act(observation, info))
        steps += 1
        done = terminated or truncated
        was_held = was_held or is_held(env.state().objects[env.task.target])
    failure = None if info['success'] else _failure(env.task, env.state(), was_held)
    return EpisodeResult(
        task=env.task.name,
        instruction=env.task.instruction,
        seed=seed,
        success=info['success'],
        steps=steps,
        failure=failure,
    )


def run_expert(env: TabletopEnv, *, seed: int) -> EpisodeResult:
    """Run the scripted expert, which reads the physical state instead of the observation."""
    return run_episode(env, lambda _obs, _info: Expert(env.task).act(env.state()), seed=seed)


def _failure(task: Task, state: TabletopState, was_held: bool) -> Failure:
    target = state.objects[task.target]
    if height_above_rest(task.target, target) < -0.02:
        return Failure.OFF_TABLE
    if not was_held:
        return Failure.NEVER_GRASPED
    if is_held(target):
        return Failure.STILL_HELD
    return Failure.DROPPED if task.destination is None else Failure.WRONG_PLACE
