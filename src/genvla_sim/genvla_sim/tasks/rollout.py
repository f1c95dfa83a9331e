# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One episode of a task from start to end, with what came of it."""

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
"""A policy: observation and info of `TabletopEnv` to an action, shape (7,)."""


class Verdict(StrEnum):
    """What came of an episode, in the simulator or on the robot.

    Attributes:
        SUCCESS: The task was done.
        NEVER_REACHED: The target was never between the fingers.
        WRONG_OBJECT: Another object was lifted, whatever happened to the target.
        DROPPED: The target was let go, on the table or off it.
        TIMEOUT: The target was held, or was put elsewhere, when the time was up.
    """

    SUCCESS = 'success'
    NEVER_REACHED = 'never reached'
    WRONG_OBJECT = 'wrong object'
    DROPPED = 'dropped'
    TIMEOUT = 'timeout'


@dataclass(frozen=True)
class EpisodeResult:
    """What came of one episode, after how many steps."""

    verdict: Verdict
    steps: int


def run_episode(env: TabletopEnv, act: Act, *, seed: int) -> EpisodeResult:
    """Run a policy from reset until the episode terminates or is truncated."""
    observation, info = env.reset(seed=seed)
    steps, done, was_held = 0, False, False
    were_lifted = set()
    while not done:
        observation, _, terminated, truncated, info = env.step(act(observation, info))
        steps += 1
        done = terminated or truncated
        state = env.state()
        was_held = was_held or is_held(state.objects[env.task.target])
        if name := lifted(state):
            were_lifted.add(name)
    if info['success']:
        return EpisodeResult(Verdict.SUCCESS, steps)
    if were_lifted - {env.task.target}:
        return EpisodeResult(Verdict.WRONG_OBJECT, steps)
    return EpisodeResult(_failure(env.task, state, was_held), steps)


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
