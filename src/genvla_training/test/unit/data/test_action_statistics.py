# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Action statistics of a data set."""

import json

import numpy as np
import pytest

from genvla_training.data.action_statistics import BadActions, action_statistics

MASK = [True, False]


def test_quantiles_of_an_even_ramp():
    ramp = np.stack([np.linspace(0.0, 1.0, 101), np.ones(101)], axis=1)
    action = action_statistics([ramp[:50], ramp[50:]], mask=MASK)['action']
    assert action['q01'] == pytest.approx([0.01, 1.0])
    assert action['q99'] == pytest.approx([0.99, 1.0])
    assert action['min'] == [0.0, 1.0]


def test_transitions_and_trajectories_are_counted():
    rng = np.random.default_rng(0)
    statistics = action_statistics([rng.random((4, 2)), rng.random((6, 2))], mask=MASK)
    assert (statistics['num_transitions'], statistics['num_trajectories']) == (10, 2)


def test_the_result_is_json():
    statistics = action_statistics([np.random.default_rng(0).random((9, 2))], mask=MASK)
    assert json.loads(json.dumps(statistics)) == statistics


def test_a_nan_is_named_by_episode_step_and_dimension():
    bad = np.zeros((3, 2))
    bad[2, 1] = np.nan
    with pytest.raises(BadActions, match='episode 1, step 2, dimension 1 is nan'):
        action_statistics([np.zeros((2, 2)), bad], mask=MASK)


@pytest.mark.parametrize(
    ('episodes', 'says'),
    [
        ([], 'no episodes'),
        ([np.zeros((3, 7))], r'shape \(3, 7\), expected \(T, 2\)'),
        ([np.zeros((3, 2))], 'q01 == q99 == 0.0: it never moves'),
    ],
)
def test_unusable_actions_are_refused(episodes, says):
    with pytest.raises(BadActions, match=says):
        action_statistics(episodes, mask=MASK)
