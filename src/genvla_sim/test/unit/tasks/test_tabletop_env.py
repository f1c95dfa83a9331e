# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The gymnasium environment."""

from __future__ import annotations

import warnings

from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env
import numpy as np
import pytest

from genvla_sim.tasks.expert import Expert
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import TabletopEnv
from genvla_viperx.arm import vx300s
from genvla_viperx.arm.kinematics import forward

STAY = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])


@pytest.fixture(scope='module')
def env():
    environment = TabletopEnv('PutCarrotOnPlate', render_images=False)
    yield environment
    environment.close()


def test_gymnasium_accepts_it():
    environment = TabletopEnv('PickCarrot', image_size=(64, 48))
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # of unbounded spaces and a missing registration
        check_env(environment)
    environment.close()


def test_it_starts_at_the_start_pose_with_the_gripper_open(env):
    observation, _ = env.reset(seed=0)
    np.testing.assert_allclose(observation['joint_positions'], vx300s.BRIDGE_START_JOINTS)
    np.testing.assert_allclose(observation['gripper'], [1.0])
    np.testing.assert_allclose(
        observation['base_T_tool'], forward(vx300s.BRIDGE_START_JOINTS), atol=1e-9
    )


def test_a_seed_fixes_the_whole_episode(env):
    actions = np.random.default_rng(0).uniform(-0.03, 0.03, size=(10, 7))
    traces = []
    for _ in range(2):
        observation, _ = env.reset(seed=7)
        trace = [env.simulation.object_pose('carrot'), observation['base_T_tool']]
        trace += [env.step(action)[0]['base_T_tool'] for action in actions]
        traces.append(np.array(trace))
    np.testing.assert_array_equal(traces[0], traces[1])


def test_an_episode_does_not_depend_on_those_before_it(env):
    """Contacts would amplify even a difference in the last bit."""
    push = np.array([0.03, 0.03, -0.04, 0.0, 0.0, 0.1, 0.0])
    traces = []
    for steps_before in (0, 7):
        env.reset(seed=1)
        for _ in range(steps_before):
            env.step(push)
        env.reset(seed=7)
        traces.append([env.step(push)[0]['base_T_tool'] for _ in range(8)])
    np.testing.assert_array_equal(traces[0], traces[1])


def test_nothing_moves_before_the_latency_is_over(env):
    up = np.array([0.0, 0.0, 0.04, 0.0, 0.0, 0.0, 1.0])
    risen = {}
    for latency_s in (0.0, 0.1, 0.19):
        observation, _ = env.reset(seed=0, options={'latency_s': latency_s})
        start_m = observation['base_T_tool'][2, 3]
        risen[latency_s] = env.step(up)[0]['base_T_tool'][2, 3] - start_m
    assert risen[0.0] > 0.015 > risen[0.1] > 0.001 > risen[0.19]


def test_fingers_need_longer_than_a_step(env):
    """As through the bridge: lifting in the step that closes the fingers drops the object."""
    env.reset(seed=0, options={'latency_s': 0.0})
    close = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    openings = [float(env.step(close)[0]['gripper'][0]) for _ in range(3)]
    assert openings[0] > 0.1
    assert openings[2] < 0.02


@pytest.mark.parametrize('latency_s', [-0.01, 0.199, 0.2, np.nan])
def test_an_invalid_latency_is_refused(env, latency_s):
    with pytest.raises(ValueError, match='latency'):
        env.reset(options={'latency_s': latency_s})
    with pytest.raises(ValueError, match='latency'):
        TabletopEnv('PickCarrot', latency_s=latency_s)


def test_another_seed_gives_another_arrangement(env):
    env.reset(seed=0)
    first = env.simulation.object_pose('carrot')
    env.reset(seed=1)
    assert not np.allclose(first, env.simulation.object_pose('carrot'))


def test_the_tool_moves_by_the_sum_of_the_actions(env):
    observation, _ = env.reset(seed=0)
    start = observation['base_T_tool']
    for _ in range(3):
        env.step(np.array([0.02, 0.03, 0.02, 0.0, 0.0, 0.1, 1.0]))
    for _ in range(5):
        observation, *_ = env.step(STAY)
    moved = observation['base_T_tool']
    np.testing.assert_allclose(moved[:3, 3] - start[:3, 3], [0.06, 0.09, 0.06], atol=1e-3)
    yaw = np.arctan2(-moved[0, 1], moved[1, 1])
    assert yaw == pytest.approx(0.3, abs=1e-2)


def test_the_gripper_follows_the_last_value_of_an_action(env):
    env.reset(seed=0)
    for _ in range(3):
        observation, *_ = env.step(np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.3]))
    np.testing.assert_allclose(observation['gripper'], [0.3], atol=0.01)


@pytest.mark.parametrize(
    'action', [np.full(7, np.nan), np.zeros(6), np.zeros((1, 7)), [np.inf] * 7]
)
def test_an_invalid_action_is_refused_and_nothing_moves(env, action):
    env.reset(seed=0)
    before = env.simulation.time_s, env.simulation.joint_targets().tolist()
    with pytest.raises(ValueError, match='an action must'):
        env.step(action)
    assert (env.simulation.time_s, env.simulation.joint_targets().tolist()) == before


def test_an_action_beyond_its_bounds_is_clipped_and_reported(env):
    env.reset(seed=0)
    *_, info = env.step(np.array([0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 1.0]))
    assert info['clipped']
    for _ in range(4):
        observation, *_ = env.step(STAY)
    assert observation['base_T_tool'][1, 3] == pytest.approx(0.05, abs=1e-3)


def test_a_pose_out_of_reach_is_refused_with_the_reason(env):
    env.reset(seed=0)
    for _ in range(12):
        observation, *_, info = env.step(np.array([0.05, 0.0, 0.05, 0.0, 0.0, 0.0, 1.0]))
    assert info['violated']
    assert np.isfinite(observation['joint_positions']).all()


def test_an_episode_is_truncated_after_its_last_step():
    environment = TabletopEnv('PickCarrot', render_images=False, max_steps=2)
    environment.reset(seed=0)
    _, _, terminated, truncated, _ = environment.step(STAY)
    assert (terminated, truncated) == (False, False)
    _, _, terminated, truncated, _ = environment.step(STAY)
    assert (terminated, truncated) == (False, True)


def test_stepping_before_a_reset_is_refused():
    with pytest.raises(ResetNeeded, match='reset'):
        TabletopEnv('PickCarrot', render_images=False).step(STAY)


def test_an_unknown_task_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match='PickCarrot'):
        TabletopEnv('PickBanana')


@pytest.mark.parametrize('name', TASKS)
def test_every_object_is_in_the_image_at_the_start(name):
    environment = TabletopEnv(name, render_images=False)
    for seed in range(2):
        environment.reset(seed=seed)
        shown = environment.simulation.segment()
        for index, _ in enumerate(environment.simulation.objects):
            assert (shown == index).sum() > 800
    environment.close()


def test_a_policy_that_always_moves_down_slides_lightly_along_the_table(env):
    env.reset(seed=0)
    before = env.state().base_T_tool[0, 3]
    for _ in range(12):
        env.step(np.array([0.01, 0.0, -0.05, 0.0, 0.0, 0.0, 1.0]))
    tool = env.state().base_T_tool
    assert tool[0, 3] - before > 0.08
    assert tool[2, 3] - 0.0465 > -0.006


def test_undone_steps_leave_the_episode_bitwise_identical():
    looking, plain = (TabletopEnv('PickCarrot', image_size=(64, 48)) for _ in range(2))
    seen = []
    for env in (looking, plain):
        env.reset(seed=3)
        seen.append([])
        expert = Expert(env.task)
        for _ in range(14):
            if env is looking:
                with env.undone():
                    for _ in range(5):
                        observation, *_ = env.step(expert.act(env.state()) * 0.5)
                    assert 'image' not in observation
            observation, *_ = env.step(expert.act(env.state()))
            seen[-1].append(observation)
        env.close()
    for one, other in zip(*seen, strict=True):
        for key, value in one.items():
            np.testing.assert_array_equal(value, other[key])
