# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The likelihood of given actions under a policy."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation
from genvla_policy.shipped import SHIPPED_CHECKPOINT

SEEN = Observation((np.full((48, 64, 3), 90, np.uint8),), 'pick up the carrot', 0.0)


@pytest.fixture(scope='module')
def policy():
    """Return the shipped tiny policy."""
    return Policy.load(SHIPPED_CHECKPOINT)


def test_the_answer_of_a_policy_has_the_most_probable_tokens(policy):
    answer = policy.infer(SEEN)
    score = policy.score(SEEN, answer.actions)
    assert score.text == answer.text
    assert score.num_correct == score.num_tokens


def test_other_actions_are_less_likely(policy):
    answer = policy.infer(SEEN)
    other = np.array(answer.actions)
    other[:, :3] *= -1.0
    assert policy.score(SEEN, other).nll > policy.score(SEEN, answer.actions).nll


def test_actions_beyond_the_range_are_clipped_and_invalid_ones_are_rejected(policy):
    far = policy.score(SEEN, np.full((1, 7), 9.0))
    farther = policy.score(SEEN, np.full((1, 7), 90.0))
    assert far == farther
    with pytest.raises(ValueError, match='finite'):
        policy.score(SEEN, np.full((1, 7), np.nan))
    with pytest.raises(ValueError, match='shape'):
        policy.score(SEEN, np.zeros((2, 7)))


def test_a_flow_head_has_no_text_to_score(tmp_path):
    write_tiny_checkpoint(tmp_path / 'flow', tiny_config('pi0_inst_aug'), seed=0)
    assert Policy.load(tmp_path / 'flow').score(SEEN, np.zeros((1, 7))) is None
