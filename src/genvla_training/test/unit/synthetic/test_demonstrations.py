# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Demonstrations: the expert's actions are recorded, and the executed ones are disturbed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genvla_sim.tasks.expert import Expert
from genvla_sim.tasks.rollout import run_expert
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import TabletopEnv
from genvla_training.synthetic.demonstrations import Disturbance, demonstrate
from genvla_viperx.arm.vx300s import BRIDGE_START_JOINTS

SEEDS = range(100, 108)
CALM = Disturbance(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0)
"""The expert as it is."""
RESTLESS = Disturbance(1.0, 0.003, 0.02, wander_share=1.0, slip_share=0.0, switch_share=0.0)
"""Every step is disturbed, but a little."""


class WatchedEnv(TabletopEnv):
    """Records the expert's action before each step, and the executed one."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.advice, self.executed = [], []

    def step(self, action):
        self.advice.append(Expert(self.task).act(self.state()))
        self.executed.append(action)
        return super().step(action)


@pytest.fixture(scope='module')
def env():
    """An environment with small images, which are fast to draw."""
    environment = TabletopEnv('PickCarrot', image_size=(64, 48))
    yield environment
    environment.close()


@pytest.fixture
def watched():
    environment = WatchedEnv('PickCarrot', image_size=(64, 48))
    yield environment
    environment.close()


@pytest.fixture(scope='module')
def disturbed(env):
    """One attempt per seed, with the default disturbance but without waiting at the end."""
    return [demonstrate(env, seed, Disturbance(hold_steps=0)) for seed in SEEDS]


def test_an_undisturbed_demonstration_is_the_experts_episode(env):
    made = demonstrate(env, 5, CALM)
    assert len(made.actions_TA) == run_expert(env, seed=5).steps
    assert (made.seed, made.instruction) == (5, 'pick up the carrot')


def test_recorded_actions_lead_through_the_recorded_states(env):
    made = demonstrate(env, 5, CALM)
    observation, _ = env.reset(seed=5)
    for frame, state, action in zip(made.frames, made.states_TS, made.actions_TA, strict=True):
        np.testing.assert_array_equal(observation['image'], frame)
        np.testing.assert_array_equal(observation['joint_positions'], state[:6])
        np.testing.assert_array_equal(observation['gripper'], state[6:])
        observation, *_ = env.step(action)


@pytest.mark.parametrize('disturbance', [RESTLESS, Disturbance(switch_share=0.0)])
def test_the_recorded_action_is_the_experts(watched, disturbance):
    made = demonstrate(watched, 100, disturbance)
    np.testing.assert_array_equal(made.actions_TA, watched.advice)


def test_executed_actions_differ_from_recorded_ones(watched):
    made = demonstrate(watched, 100, RESTLESS)
    differs = np.any(made.actions_TA != watched.executed, axis=1)
    assert differs.all()


def test_without_disturbance_the_recorded_action_is_executed(watched):
    made = demonstrate(watched, 100, CALM)
    np.testing.assert_array_equal(made.actions_TA, watched.executed)


def test_without_disturbance_a_continuation_matches_the_following_actions(env):
    made = demonstrate(env, 5, CALM, horizon=3)
    for step in range(len(made.actions_TA) - 2):
        np.testing.assert_array_equal(
            made.continuations_THA[step], made.actions_TA[step : step + 3]
        )


def test_a_continuation_does_not_depend_on_later_disturbances(env):
    calm, restless = (
        demonstrate(env, 5, replace(each, max_latency_s=0.0), horizon=3)
        for each in (CALM, RESTLESS)
    )
    np.testing.assert_array_equal(calm.continuations_THA[0], restless.continuations_THA[0])
    assert np.any(restless.continuations_THA[0, 1] != restless.actions_TA[1])


def test_executed_actions_are_recorded_next_to_the_experts(watched):
    made = demonstrate(watched, 100, RESTLESS)
    np.testing.assert_array_equal(made.executed_TA, watched.executed)


def test_a_stalled_arm_moves_by_at_most_a_third_of_a_step(watched):
    demonstrate(watched, 100, replace(CALM, stall_share=1.0))
    executed, advice = np.array(watched.executed), np.array(watched.advice)
    said = np.linalg.norm(advice[:, :6], axis=1)
    share = np.linalg.norm(executed[:, :6], axis=1) / said
    assert share.max() <= 1 / 3 < 2 * share.max()
    np.testing.assert_array_equal(executed[:, 6], advice[:, 6])


def test_every_step_has_an_image_a_state_and_an_action(disturbed):
    for made in filter(None, disturbed):
        length = len(made.frames)
        assert made.states_TS.shape == made.actions_TA.shape == (length, 7)
        assert {frame.shape for frame in made.frames} == {(48, 64, 3)}


def test_the_seed_determines_everything(env, disturbed):
    again = demonstrate(env, 100, Disturbance(hold_steps=0))
    np.testing.assert_array_equal(again.frames, disturbed[0].frames)
    np.testing.assert_array_equal(again.states_TS, disturbed[0].states_TS)
    np.testing.assert_array_equal(again.actions_TA, disturbed[0].actions_TA)


def test_another_seed_gives_another_demonstration(disturbed):
    first, second = disturbed[:2]
    assert first.actions_TA.shape != second.actions_TA.shape or not np.allclose(
        first.actions_TA, second.actions_TA
    )


def test_most_disturbed_demonstrations_succeed_and_are_longer(env, disturbed):
    made = [each for each in disturbed if each is not None]
    assert len(made) >= 7
    undisturbed = [run_expert(env, seed=each.seed).steps for each in made]
    assert sum(len(each.frames) for each in made) > 1.2 * sum(undisturbed)


def test_recording_continues_after_success(env):
    whole, held = (demonstrate(env, 5, replace(CALM, hold_steps=steps)) for steps in (0, 4))
    assert len(held.frames) == len(whole.frames) + 4
    assert (held.actions_TA[-4:, 6] == 0.0).all()  # the gripper stays closed


def test_an_inverted_gripper_prevents_success():
    env = TabletopEnv('PickCarrot', image_size=(64, 48), max_steps=15)
    assert demonstrate(env, 5, Disturbance(slip_share=1.0)) is None
    env.close()


def test_an_episode_may_start_with_another_object_in_the_gripper():
    env = WatchedEnv(TASKS['PickCarrot'].cluttered(2), image_size=(64, 48))
    made = demonstrate(env, 100, Disturbance(switch_share=1.0))
    before = len(env.executed) - len(made.frames)
    assert 8 <= before < 20
    np.testing.assert_array_equal(made.actions_TA, env.advice[before:])
    assert not np.allclose(made.states_TS[0, :6], BRIDGE_START_JOINTS, atol=0.05)
    env.close()


def test_without_other_objects_an_episode_begins_at_the_start_pose(env):
    made = demonstrate(env, 100, Disturbance(switch_share=1.0))
    np.testing.assert_allclose(made.states_TS[0], [*BRIDGE_START_JOINTS, 1.0])


@pytest.mark.parametrize(
    'name',
    [
        'step_share',
        'stall_share',
        'wander_share',
        'slip_share',
        'switch_share',
        'translation_m',
        'yaw_rad',
    ],
)
def test_an_invalid_disturbance_is_refused(name):
    with pytest.raises(ValueError, match=f'{name} is -0.1'):
        Disturbance(**{name: -0.1})
