# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A state is written the same in training and at run time."""

from dataclasses import replace

import numpy as np
import pytest

from genvla_policy.checkpoint.folder import save_checkpoint
from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation
from genvla_training.data.episode import BadData
from genvla_training.run.config import ModelChoice, RobotData
from genvla_training.run.recipes import tiny_system
from genvla_training.run.run_data import open_data, run_data
from genvla_training.run.start_model import start_model


@pytest.fixture(scope='module')
def opened(lerobot_v3):
    """Configuration, data sets and start of a run with states of three numbers."""
    config = replace(
        tiny_system('pi0_s'),
        model=ModelChoice('pi0_s', proprio=True),
        robot=(RobotData(lerobot_v3, name='carrots'),),
    )
    data = open_data(config)
    return config, data, start_model(config.model, data.statistics, control_rate_hz=5.0, seed=0)


@pytest.fixture(scope='module')
def policy(opened, tmp_path_factory):
    start = opened[2]
    folder = tmp_path_factory.mktemp('policy')
    save_checkpoint(
        folder,
        config=start.config,
        weights=start.model.state_dict(),
        tokenizer=start.tokenizer,
        statistics=start.statistics,
        card='',
    )
    return Policy.load(folder, device='cpu')


def test_the_policy_uses_the_prompt_of_its_training(opened, policy):
    config, data, start = opened
    assert start.config.proprio_dim == 3
    [source] = run_data(config, data, start).parts[0].sources
    episode = source.read(0)
    step = min(2, len(episode.actions_TA) - 1)
    sample = source.sample(episode, step, np.random.default_rng(0))
    num_asked = sample.is_target.index(True)
    state = tuple(episode.states_TS[step].tolist())
    seen = Observation(episode.frames[step], episode.instruction, 0.0, state)
    asked = [start.tokenizer.special_id('bos'), *policy._prompt_of(seen)]
    assert list(sample.token_ids[:num_asked]) == asked
    assert ', State: ' in start.tokenizer.decode(asked)


def test_another_state_changes_the_answer(policy):
    picture = np.zeros((64, 64, 3), np.uint8)
    one, other = (
        policy.infer(Observation((picture,), 'pick up the carrot', 0.0, state))
        for state in ((0.0, 0.0, 0.0), (2.0, -2.0, 2.0))
    )
    assert not np.array_equal(one.confidence, other.confidence)


def test_an_observation_without_the_state_is_refused(policy):
    seen = Observation((np.zeros((64, 64, 3), np.uint8),), 'pick up the carrot', 0.0)
    with pytest.raises(ValueError, match='expected 3 finite numbers'):
        policy.infer(seen)


def test_a_warm_up_and_an_instruction_need_no_state(policy):
    policy.check_instruction('pick up the carrot')
    policy.warm_up()


def test_without_proprio_there_are_no_state_statistics(opened):
    config, _, _ = opened
    config = replace(config, model=ModelChoice('pi0_s'))
    data = open_data(config)
    assert 'proprio' not in data.statistics['carrots']
    start = start_model(config.model, data.statistics, control_rate_hz=5.0, seed=0)
    assert start.config.proprio_dim == 0


def test_states_of_different_lengths_are_refused(opened, tmp_path, rlds_write, rlds_episode):
    folder = rlds_write(tmp_path / 'bridge_orig', [[rlds_episode(0), rlds_episode(1)]])
    config = opened[0]
    robot = (*config.robot, RobotData(folder, format='rlds', allow_still=True))
    with pytest.raises(BadData, match=r"states differ in length: .*'carrots': 3"):
        open_data(replace(config, robot=robot))
