# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The scripted expert solves what a policy is to learn."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_sim.expert import Expert
from genvla_sim.rollout import Failure, run_episode, run_expert
from genvla_sim.tabletop_env import TabletopEnv
from genvla_sim.tasks import TASKS


@pytest.mark.parametrize('name', TASKS)
def test_the_expert_solves(name):
    env = TabletopEnv(name, render_images=False)
    results = [run_expert(env, seed=seed) for seed in range(1000, 1004)]
    assert [result.failure for result in results] == [None] * 4


@pytest.mark.parametrize('name', ['PickKnife', 'PutCarrotOnPlate'])
def test_its_actions_are_within_bounds_and_in_reach(name):
    env = TabletopEnv(name, render_images=False)
    env.reset(seed=0)
    done = False
    while not done:
        _, _, terminated, truncated, info = env.step(Expert(env.task).act(env.state()))
        done = terminated or truncated
        assert not info['clipped']
        assert info['violated'] == ()


def test_it_recovers_from_noise_on_its_approach():
    env = TabletopEnv('PutCarrotOnPlate', render_images=False)
    rng = np.random.default_rng(0)

    def noisy(_observation, _info):
        action = Expert(env.task).act(env.state())
        action[:3] += rng.normal(0.0, 0.006, 3)
        return action

    assert sum(run_episode(env, noisy, seed=seed).success for seed in range(5)) >= 4


def test_an_arm_that_does_nothing_never_grasps():
    env = TabletopEnv('PickCarrot', render_images=False, max_steps=3)
    result = run_episode(env, lambda _obs, _info: np.array([0.0] * 6 + [1.0]), seed=0)
    assert (result.success, result.failure, result.steps) == (False, Failure.NEVER_GRASPED, 3)
