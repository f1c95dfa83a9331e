# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Given actions are wrong, and the rest of the chunk leads back to the expert's path."""

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_training.data.strayed_chunk import strayed_chunk

LIMIT = np.array([0.04, 0.04, 0.04, 0.0, 0.0, 0.2])
BOUNDS = ActionNormalizer(
    np.append(-LIMIT, 0.0), np.append(LIMIT, 1.0), np.array([True] * 6 + [False])
)


def expert(horizon=8):
    """Two centimetres a step to the front for three steps, then the gripper closes."""
    actions = np.zeros((horizon, 7))
    actions[:3, 0], actions[:3, 5] = 0.02, 0.05
    actions[:4, 6] = 1.0
    return actions


def strayed(num_given, seed):
    return strayed_chunk(expert(), num_given, BOUNDS, np.random.default_rng(seed))


@given(st.integers(1, 7), st.integers(0, 1000))
def test_every_step_stays_within_the_bounds(num_given, seed):
    chunk = strayed(num_given, seed)
    assert (np.abs(chunk[:, :6]) <= LIMIT + 1e-12).all()


@given(st.integers(1, 4), st.integers(0, 1000))
def test_it_ends_where_the_expert_ends_and_with_the_same_gripper(num_given, seed):
    chunk = strayed(num_given, seed)
    np.testing.assert_allclose(chunk[:, :6].sum(axis=0), expert()[:, :6].sum(axis=0), atol=1e-9)
    np.testing.assert_array_equal(chunk[num_given:, 6], expert()[num_given:, 6])


def test_the_given_actions_differ_from_the_experts():
    chunk = strayed(3, 0)
    assert np.abs(chunk[:3, :3] - expert()[:3, :3]).min() > 1e-4
    assert (chunk[:, 3:5] == 0.0).all()  # what never moves does not stray


def test_the_given_gripper_is_sometimes_wrong():
    wrong = sum((strayed(2, seed)[:2, 6] == 0.0).any() for seed in range(200))
    assert wrong == pytest.approx(40, abs=20)
