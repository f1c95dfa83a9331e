# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The scripted expert solves the tasks that a policy learns."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_sim.tasks.expert import Expert
from genvla_sim.tasks.rollout import Verdict, run_episode, run_expert
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import TabletopEnv


@pytest.mark.parametrize('name', TASKS)
def test_the_expert_solves(name):
    env = TabletopEnv(name, render_images=False)
    results = [run_expert(env, seed=seed) for seed in range(1000, 1004)]
    assert [result.verdict for result in results] == [Verdict.SUCCESS] * 4


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

    verdicts = [run_episode(env, noisy, seed=seed).verdict for seed in range(5)]
    assert verdicts.count(Verdict.SUCCESS) >= 4


def test_an_arm_that_does_nothing_never_grasps():
    env = TabletopEnv('PickCarrot', render_images=False, max_steps=3)
    result = run_episode(env, lambda _obs, _info: np.array([0.0] * 6 + [1.0]), seed=0)
    assert (result.verdict, result.steps) == (Verdict.NEVER_REACHED, 3)


@pytest.mark.parametrize('name', ['PickEggplant', 'PutCarrotOnPlate'])
def test_no_action_is_repeated_more_than_once(name):
    env = TabletopEnv(name, render_images=False)
    env.reset(seed=2)
    printed = []
    for _ in range(30):  # success included
        action = Expert(env.task).act(env.state())
        printed.append(tuple((action[:2] / 0.04).round(4)))
        env.step(action)
    assert max(map(printed.count, printed)) <= 2


@pytest.mark.parametrize('turn_rad', [-1.0, 1.0])
def test_the_direction_of_the_fingers_depends_only_on_the_object(turn_rad):
    def yaw_at_the_grasp(turned_rad):
        env = TabletopEnv('PickKnife', render_images=False)
        env.reset(seed=1)
        for _ in range(5):
            env.step(np.array([0.0] * 5 + [turned_rad / 5, 1.0]))
        action = Expert(env.task).act(env.state())
        while action[6] == 1.0:
            env.step(action)
            action = Expert(env.task).act(env.state())
        return np.arctan2(-env.state().base_T_tool[0, 1], env.state().base_T_tool[1, 1])

    assert yaw_at_the_grasp(turn_rad) == pytest.approx(yaw_at_the_grasp(0.0), abs=0.2)
