# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Use the simulator as a rig, and its success test as the operator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rosbags.rosbag2 import CompressionMode

from genvla_bags.step_bag import Step, StepBag
from genvla_eval.closed_loop.actor import PolicyActor, load_policy
from genvla_eval.closed_loop.simulated_steps import step_of
from genvla_eval.suite.cells import Cell
from genvla_eval.trials.plan import Trial
from genvla_eval.trials.protocol import BadProtocol, Setup, Task
from genvla_eval.trials.rig import Rig
from genvla_policy.action_chunk import ActionChunk
from genvla_policy.inference.policy import Policy
from genvla_sim.tasks.rollout import Verdict, run_episode
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import CONTROL_PERIOD_S, TabletopEnv

_DISTRACTORS = 2


class SimulatorRig:
    """A simulated table with the tasks of genvla_sim; a setup is a seed of a scene."""

    def __init__(self) -> None:
        """Start without a policy."""
        self._policy: Policy | None = None
        self._asked: tuple[Trial, Task] | None = None
        self._bag: Path | None = None
        self._steps: list[Step] = []

    def load(self, checkpoint: Path) -> None:
        """Load a checkpoint; load_policy() caches the last two."""
        self._policy = load_policy(checkpoint)

    def home(self) -> None:
        """Do nothing, because every episode begins at home."""

    def start(self, trial: Trial, task: Task, bag: Path) -> None:
        """Store the trial for play().

        Raises:
            BadProtocol: The simulator has no such task.
        """
        if task.name not in TASKS:
            raise BadProtocol(
                f'the simulator has no task {task.name!r}; it has {", ".join(TASKS)}'
            )
        self._asked, self._bag, self._steps = (trial, task), bag, []

    def play(self, duration_s: float) -> Verdict:
        """Run the episode and return the verdict of its success test."""
        if self._asked is None or self._policy is None:
            raise RuntimeError('call load() and start() before play()')
        trial, task = self._asked
        env = TabletopEnv(
            TASKS[task.name].cluttered(_DISTRACTORS),
            max_steps=max(1, round(duration_s / CONTROL_PERIOD_S)),
        )
        seed = Cell('trials', task.name, 'trial').first_seed + trial.repetition
        actor = PolicyActor(
            self._policy, seed, instruct=lambda _: task.instruction, watch=self._record
        )
        try:
            return run_episode(env, actor, seed=seed).verdict
        finally:
            env.close()

    def halt(self) -> None:
        """Do nothing, because nothing moves between two steps."""

    def stop(self) -> None:
        """Write the bag of the episode."""
        if self._bag is not None and self._steps:
            StepBag(compression=CompressionMode.STORAGE).write(self._bag, self._steps)
        self._asked, self._bag, self._steps = None, None, []

    def _record(
        self, observation: dict[str, Any], instruction: str, chunk: ActionChunk | None
    ) -> None:
        self._steps.append(step_of(observation, instruction, chunk))


class SuccessTest:
    """Judges trials by the simulator's state."""

    def ready_for_home(self, number: int, total: int) -> None:
        """Print the progress."""
        print(f'trial {number} of {total}', flush=True)

    def arrange(self, task: Task, setup: Setup) -> None:
        """Do nothing, because task and repetition determine the scene."""

    def watch(self, rig: Rig, duration_s: float) -> Verdict:
        """Return the verdict of the success test.

        Raises:
            TypeError: The rig is not a SimulatorRig.
        """
        if not isinstance(rig, SimulatorRig):
            raise TypeError(f'only a SimulatorRig has a success test, got {type(rig).__name__}')
        return rig.play(duration_s)
