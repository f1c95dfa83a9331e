# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Control steps of a policy in the simulator, for writing a bag."""

from __future__ import annotations

from typing import Any

from genvla_bags.step_bag import PERIOD_S, START_S, Step
from genvla_policy.action_chunk import ActionChunk
from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation
from genvla_sim.tasks.tabletop_env import TabletopEnv


def step_of(observation: dict[str, Any], instruction: str, chunk: ActionChunk | None) -> Step:
    """Return the step for an observation of TabletopEnv."""
    return Step(
        observation['image'],
        instruction,
        observation['joint_positions'],
        float(observation['gripper'][0]),
        chunk,
    )


def run_policy(
    policy: Policy,
    num_steps: int,
    *,
    seed: int = 0,
    image_size: tuple[int, int] = (160, 120),
) -> list[Step]:
    """Return the steps of a policy that executes the first action of each chunk."""
    env = TabletopEnv('PickCarrot', image_size=image_size, max_steps=1000)
    observation, info = env.reset(seed=seed)
    policy.restart(0)
    steps = []
    for number in range(num_steps):
        seen = Observation(
            (observation['image'],), info['instruction'], START_S + number * PERIOD_S
        )
        chunk = policy.infer(seen)
        steps.append(step_of(observation, info['instruction'], chunk))
        observation, _, _, _, info = env.step(chunk.actions[0])
    env.close()
    return steps
