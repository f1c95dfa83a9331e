# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy acting in the simulator."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_eval.closed_loop.actor import PolicyActor, load_policy
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.inference.policy import Policy

CARROT = {'instruction': 'pick up the carrot'}
BLACK = {'image': np.zeros((48, 64, 3), np.uint8)}


@pytest.fixture(scope='module')
def untrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp('checkpoint')
    write_tiny_checkpoint(folder, tiny_config(horizon=2), seed=0)
    return folder


@pytest.fixture
def asked(untrained):
    """A policy, and the requests that it received."""
    policy, seen = Policy.load(untrained), []
    infer = policy.infer
    policy.infer = lambda observation: (seen.append(observation), infer(observation))[1]
    return policy, seen


def test_a_chunk_is_executed_completely_before_the_next(asked):
    policy, seen = asked
    actor = PolicyActor(policy, seed=0)
    for _ in range(4):
        assert actor(BLACK, CARROT).shape == (7,)
    assert len(seen) == 2


def test_the_policy_gets_the_image_and_the_chosen_instruction(asked):
    policy, seen = asked
    PolicyActor(policy, seed=0, instruct=lambda text: f'please {text}')(BLACK, CARROT)
    [observation] = seen
    assert observation.instruction == 'please pick up the carrot'
    np.testing.assert_array_equal(observation.images[0], BLACK['image'])


def test_every_step_is_reported_and_has_a_chunk_if_one_was_requested(asked):
    policy, _ = asked
    chunks = []
    actor = PolicyActor(policy, seed=0, watch=lambda _, __, chunk: chunks.append(chunk))
    for _ in range(4):
        actor(BLACK, CARROT)
    assert [chunk is not None for chunk in chunks] == [True, False, True, False]


def test_an_episode_does_not_depend_on_those_before_it(tmp_path):
    write_tiny_checkpoint(tmp_path, tiny_config('pi0_d'), seed=0)
    policy = Policy.load(tmp_path)
    first, again = (PolicyActor(policy, seed=3)(BLACK, CARROT) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_a_checkpoint_is_loaded_once(untrained):
    assert load_policy(untrained) is load_policy(untrained)
