# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Demonstrations of the simulator's tasks, with mistakes and the expert's corrections.

A policy cloned from perfect episodes never sees its own mistakes. Here the expert chooses the
action at every step, but the executed action is disturbed, so the data is full of recoveries.
Source: Laskey et al., DART: noise injection for robust imitation learning (CoRL 2017).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from genvla_command.command_line import check_at_least, check_shares
from genvla_sim.scene.objects import GRASPABLE
from genvla_sim.tasks.expert import Expert
from genvla_sim.tasks.table_v import Skill
from genvla_sim.tasks.tabletop_env import (
    MAX_TRANSLATION_M,
    Observation,
    TabletopEnv,
    check_latency,
)
from genvla_training.data.episode import Image
from genvla_viperx.arm.vx300s import JOINT_NAMES

Array = NDArray[np.float64]

STATE_NAMES = (*JOINT_NAMES, 'gripper')

_SWITCH_STEPS = (8, 30)
"""Range of steps spent on picking up another object first, from before the grasp to the lift; the
end is excluded."""
_STALL = 1.0 / 3.0
_WANDER_STEPS = (1, 6)
_WANDER_TURN_RAD = 0.25


@dataclass(frozen=True)
class Disturbance:
    """Difference between the executed actions and the expert's. Shares are from 0 to 1."""

    step_share: float = 0.3
    """Share of the steps that are disturbed."""
    translation_m: float = 0.008
    """Standard deviation of the noise on each axis of such a step [m]."""
    yaw_rad: float = 0.08
    """Standard deviation of the noise on its turn [rad]."""
    stall_share: float = 0.25
    """Share of the steps in which the arm moves by at most a third of the action. Objects are then
    seen longer before they are grasped, and long before they are lifted."""
    wander_share: float = 0.5
    """Share of the episodes that begin with up to five steps in one direction."""
    slip_share: float = 0.02
    """Share of the steps in which the gripper does the opposite."""
    switch_share: float = 0.25
    """Share of the episodes that begin with another object in the gripper, as after a change of
    the instruction. Only tasks with another object to pick up count."""
    max_latency_s: float = 0.15
    """Maximum delay from an image to the motion that answers it [s]; each episode draws its
    own."""
    hold_steps: int = 4
    """Number of steps recorded after success, so that a policy learns to wait."""

    def __post_init__(self) -> None:
        """Reject shares and amounts out of range."""
        check_shares(
            step_share=self.step_share,
            stall_share=self.stall_share,
            wander_share=self.wander_share,
            slip_share=self.slip_share,
            switch_share=self.switch_share,
        )
        check_at_least(
            0, translation_m=self.translation_m, yaw_rad=self.yaw_rad, hold_steps=self.hold_steps
        )
        check_latency(self.max_latency_s)


@dataclass(frozen=True, eq=False)
class Demonstration:
    """One successful episode.

    Attributes:
        seed: Seed of the scene and of the disturbance.
        instruction: Instruction to the robot.
        frames: T pictures.
        states_TS: (T, 7) measured joints [rad] and gripper opening.
        actions_TA: (T, 7) the expert's action at each step.
        executed_TA: (T, 7) the disturbed actions that were executed.
        continuations_THA: (T, H, 7) the expert's next actions from each step on, undisturbed.
    """

    seed: int
    instruction: str
    frames: list[Image]
    states_TS: Array
    actions_TA: Array
    executed_TA: Array
    continuations_THA: Array


def demonstrate(
    env: TabletopEnv, seed: int, disturbance: Disturbance, *, horizon: int = 1
) -> Demonstration | None:
    """Run the expert once; return None if the disturbance kept it from succeeding.

    The recorded steps after a picture also correct later disturbances, so they do not continue the
    picture. The undisturbed continuation is therefore simulated at every step, and then undone.

    Args:
        env: The task.
        seed: Seed of the scene and of the disturbance.
        disturbance: Difference between executed and expert actions.
        horizon: Number of steps of a continuation, H.
    """
    rng = np.random.default_rng((seed, 1))
    latency_s = rng.uniform(0.0, disturbance.max_latency_s)
    observation, info = env.reset(seed=seed, options={'latency_s': latency_s})
    if rng.random() < disturbance.switch_share:
        observation = _pick_another(env, rng) or observation
    wandering = _wander(rng, disturbance)
    frames, states, executed_steps, continuations = [], [], [], []
    left, succeeded = 1, False
    while left:
        continuation = _continuation(env, horizon)
        frames.append(observation['image'])
        states.append(np.append(observation['joint_positions'], observation['gripper']))
        continuations.append(continuation)
        executed = _disturbed(continuation[0], rng, disturbance)
        if wandering:
            executed[:6] = wandering.pop()
        executed_steps.append(executed)
        observation, _, terminated, truncated, info = env.step(executed)
        if succeeded:
            left -= 1
        elif terminated:
            succeeded, left = True, disturbance.hold_steps
        elif truncated:
            return None
    continuations_THA = np.array(continuations)
    return Demonstration(
        seed,
        info['instruction'],
        frames,
        np.array(states),
        continuations_THA[:, 0],
        np.array(executed_steps),
        continuations_THA,
    )


def _continuation(env: TabletopEnv, horizon: int) -> Array:
    """Return the next (H, 7) actions of an undisturbed expert, and restore the simulation."""
    expert = Expert(env.task)
    actions = [expert.act(env.state())]
    if horizon > 1:
        with env.undone():
            while len(actions) < horizon:
                env.step(actions[-1])
                actions.append(expert.act(env.state()))
    return np.array(actions)


def _pick_another(env: TabletopEnv, rng: Generator) -> Observation | None:
    """Let the expert pick up an object other than the target; return the last observation, if any.

    An attempt that takes too long is left unfinished, which is also a state to recover from.
    """
    others = [name for name in env.task.objects if name in GRASPABLE and name != env.task.target]
    if not others:
        return None
    other = replace(env.task, skill=Skill.PICK, target=str(rng.choice(others)), destination=None)
    expert, observation = Expert(other), None
    for _ in range(int(rng.integers(*_SWITCH_STEPS))):
        observation, *_ = env.step(expert.act(env.state()))
    return observation


def _wander(rng: Generator, disturbance: Disturbance) -> list[Array]:
    if rng.random() >= disturbance.wander_share:
        return []
    move = np.zeros(6)
    move[:3] = rng.uniform(-1.0, 1.0, 3) * MAX_TRANSLATION_M
    move[5] = rng.uniform(-_WANDER_TURN_RAD, _WANDER_TURN_RAD)
    return [move] * int(rng.integers(*_WANDER_STEPS))


def _disturbed(action: Array, rng: Generator, disturbance: Disturbance) -> Array:
    executed = action.copy()
    if rng.random() < disturbance.stall_share:
        executed[:6] *= rng.uniform(0.0, _STALL)
    if rng.random() < disturbance.step_share:
        executed[:3] += rng.normal(0.0, disturbance.translation_m, 3)
        executed[5] += rng.normal(0.0, disturbance.yaw_rad)
    if rng.random() < disturbance.slip_share:
        executed[6] = 1.0 - executed[6]
    return executed
