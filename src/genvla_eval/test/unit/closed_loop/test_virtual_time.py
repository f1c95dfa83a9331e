# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge's controller executes answers with a given latency."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genvla_eval.closed_loop.conditions import Conditions, Way
from genvla_eval.closed_loop.expert_policy import ExpertPolicy
from genvla_eval.closed_loop.virtual_time import VirtualEpisode
from genvla_sim.tasks.rollout import Verdict
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import TabletopEnv
from genvla_viperx.control.controller import ArmController

HORIZON = 8
GREY = np.zeros((2, 2, 3), np.uint8)


@pytest.fixture(scope='module')
def env():
    env = TabletopEnv(TASKS['PickCarrot'].cluttered(2), render_images=False)
    yield env
    env.close()


def run(env, way, latency_s, *, seed=0, jitter=0.0, max_steps=80, policy=None):
    env.reset(seed=seed)
    episode = VirtualEpisode(
        env,
        policy or ExpertPolicy(env, HORIZON),
        conditions=Conditions(way, latency_s, jitter),
        horizon=HORIZON,
        instruction=env.task.instruction,
        see=lambda: GREY,
        rng=np.random.default_rng(seed),
    )
    return episode.run(max_steps)


@pytest.mark.parametrize('latency_s', [0.0, 0.4, 0.7])
def test_committed_actions_lift_the_carrot_at_every_latency(env, latency_s):
    result = run(env, Way.COMMIT, latency_s)
    assert result.verdict is Verdict.SUCCESS
    assert result.stopped == ''


def test_the_same_arguments_give_the_same_episode(env):
    first, again = (run(env, Way.COMMIT, 0.3, jitter=0.5, max_steps=12) for _ in range(2))
    assert first == again


def test_another_jitter_gives_another_episode(env):
    constant, jittered = (run(env, Way.COMMIT, 0.3, jitter=j, max_steps=12) for j in (0.0, 0.5))
    assert constant != jittered


@pytest.mark.parametrize('way', list(Way))
def test_no_chunk_is_delivered_before_its_time(env, monkeypatch, way):
    ages_s = []
    accept = ArmController.accept_chunk

    def watched(controller, chunk, now_s):
        ages_s.append(now_s - chunk.stamp_s)
        return accept(controller, chunk, now_s)

    monkeypatch.setattr(ArmController, 'accept_chunk', watched)
    run(env, way, 0.252, max_steps=12)
    assert len(ages_s) > 3
    # The arm's ticks are 10 ms apart: the first one from then on.
    assert np.allclose(ages_s, 0.26)


def test_equal_delays_of_consecutive_chunks_are_all_counted(env, monkeypatch):
    delays_s = {}
    tick = ArmController.tick

    def watched(controller, now_s):
        command = tick(controller, now_s)
        if controller.executed is not None:
            chunk, step = controller.executed.slot.chunk, controller.executed.slot.step
            if step >= chunk.num_committed:
                delays_s.setdefault(chunk.sequence, now_s - chunk.stamp_s)
        return command

    monkeypatch.setattr(ArmController, 'tick', watched)
    result = run(env, Way.COMMIT, 0.0, max_steps=12)
    assert len(delays_s) > 6
    assert result.image_to_command_s == pytest.approx(np.mean(list(delays_s.values())))


def test_a_chunk_that_arrives_after_its_end_decides_no_command(env):
    result = run(env, Way.REPLACE, 2.3, max_steps=14)
    assert result.interventions == {'chunk_past': 1}
    assert result.image_to_command_s is None


def test_the_policy_gets_the_actions_that_are_executed_during_inference(env):
    given = []

    class Watched(ExpertPolicy):
        def infer(self, observation, *, committed=None):
            given.append(0 if committed is None else len(committed))
            return super().infer(observation, committed=committed)

    run(env, Way.COMMIT, 0.3, max_steps=12, policy=Watched(env, HORIZON))
    # The first image shows an arm at rest; an answer of 0.3 s then spans two slots.
    assert given[0] == 0
    assert set(given[1:]) == {2}


def test_at_half_the_speed_every_step_is_scaled_once_whoever_publishes_it(env, monkeypatch):
    given, executed = [], []

    class Steady(ExpertPolicy):
        def infer(self, observation, *, committed=None):
            chunk = super().infer(observation)
            given.extend([] if committed is None else committed[:, 1])
            actions = np.tile([0.0, 0.004, 0.0, 0.0, 0.0, 0.0, 1.0], (HORIZON, 1))
            num_committed = 0 if committed is None else len(committed)
            actions[:num_committed] = committed
            return replace(chunk, actions=actions, num_committed=num_committed)

    tick = ArmController.tick

    def watched(controller, now_s):
        controller.scale_speed(0.5)
        command = tick(controller, now_s)
        if controller.executed is not None:
            executed.append(controller.executed)
        return command

    monkeypatch.setattr(ArmController, 'tick', watched)
    run(env, Way.COMMIT, 0.2, jitter=0.5, max_steps=16, policy=Steady(env, HORIZON))
    # Some answers came early: steps that they committed had not begun.
    assert any(0 < each.slot.step < each.slot.chunk.num_committed for each in executed)
    np.testing.assert_allclose([each.delta[1] for each in executed], 0.002, atol=1e-4)
    np.testing.assert_allclose(given, 0.002, atol=1e-4)


def test_the_policy_gets_no_actions_if_chunks_replace_each_other(env):
    class Watched(ExpertPolicy):
        def infer(self, observation, *, committed=None):
            assert committed is None
            return super().infer(observation)

    run(env, Way.REPLACE, 0.3, max_steps=6, policy=Watched(env, HORIZON))
