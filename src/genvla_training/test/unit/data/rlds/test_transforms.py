# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The actions of each data set, on episodes with numbers computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_training.data.rlds.transforms import (
    TRANSFORMS,
    absolute_gripper,
    binary_gripper,
    bridge_actions,
    droid_actions,
    fractal_actions,
    libero_actions,
)


def float32(values):
    return np.array(values, dtype=np.float32)


def test_bridge_actions_are_the_differences_of_the_states_after_the_first_step():
    states = np.zeros((5, 7), dtype=np.float32)
    states[:, 0] = [9, 1, 3, 6, 10]
    states[:, 5] = [9, 0.5, 0.25, 0.25, 0]
    states[:, 6] = [9, 9, 9, 9, 9]  # the measured gripper plays no part
    actions = np.zeros((5, 7), dtype=np.float32)
    actions[:, :6] = 7  # neither do the commanded motions
    actions[:, 6] = [0, 1, 0.5, 0, 0]
    made = bridge_actions({'steps/action': actions, 'steps/observation/state': states})
    assert made.tolist() == [
        [2, 0, 0, 0, 0, -0.25, 1],
        [3, 0, 0, 0, 0, 0, 0],
        [4, 0, 0, 0, 0, -0.25, 0],
    ]


@pytest.mark.parametrize(
    ('stored', 'opening'),
    [
        ([1, 1, 0, 0], [1, 1, 0, 0]),
        ([1, 0.5, 0.3, 0, 0.7, 1], [1, 0, 0, 0, 1, 1]),
        ([0.95, 0.96], [1, 1]),
        ([0.05, 0.04], [0, 0]),
        ([0, 0.5, 0.25], [0, 0.25, 0.25]),
        ([], []),
    ],
)
def test_an_intermediate_gripper_value_becomes_the_next_end_position(stored, opening):
    assert binary_gripper(float32(stored)).tolist() == opening


@pytest.mark.parametrize(
    ('closing', 'opening'),
    [
        ([0, 0, 1, 0, 0, -1, 0], [1, 1, 0, 0, 0, 1, 1]),
        ([0, -1, 0, 1], [0, 1, 1, 0]),
        ([0, 0, 0], [1, 1, 1]),
        ([0.1, -0.1, 0.11], [1, 1, 0]),
        ([1, 1, -1], [0, 0, 1]),
        ([], []),
    ],
)
def test_commands_to_close_and_open_become_an_opening(closing, opening):
    assert absolute_gripper(float32(closing)).tolist() == opening


def test_fractal_actions_keep_all_steps():
    numbers = {
        'steps/action/world_vector': float32([[0.5, 0, 0]] * 5),
        'steps/action/rotation_delta': float32([[0, 0, 0.25]] * 5),
        'steps/action/gripper_closedness_action': float32([[0], [1], [0], [-1], [0]]),
    }
    made = fractal_actions(numbers)
    assert made[:, 6].tolist() == [1, 0, 0, 1, 1]
    assert made[4].tolist() == [0.5, 0, 0, 0, 0, 0.25, 1]


def test_libero_actions_become_metres_radians_and_an_opening():
    stored = float32([[1, -0.5, 0, 0, 0, 0.5, -1], [0, 0, 0, 0, 0, 0, 1]])
    made = libero_actions({'steps/action': stored})
    np.testing.assert_allclose(made[0], [0.05, -0.025, 0, 0, 0, 0.25, 1], atol=1e-7)
    assert made[1].tolist() == [0, 0, 0, 0, 0, 0, 0]
    assert libero_actions({'steps/action': np.zeros((0, 7), np.float32)}).shape == (0, 7)


def test_droid_actions_become_metres_radians_and_an_opening():
    numbers = {
        'steps/action_dict/cartesian_velocity': float32(
            [[1, 0, 0, 0, 0, -0.5], [0, 0.6, -0.8, 0, 0, 0], [3, 0, 4, 0, 2, 0]]
        ),
        'steps/action_dict/gripper_position': float32([[0], [0.25], [1]]),
    }
    made = droid_actions(numbers)
    assert made.dtype == np.float32
    expected = [
        [0.075, 0, 0, 0, 0, -0.075, 1],
        [0, 0.045, -0.06, 0, 0, 0, 0.75],
        # The controller shortens velocities that are longer than 1.
        [0.045, 0, 0.06, 0, 0.15, 0, 0],
    ]
    np.testing.assert_allclose(made, expected, atol=1e-7)


@pytest.mark.parametrize('num_steps', [1, 2])
def test_bridge_episodes_that_are_too_short_have_no_actions(num_steps):
    rows = np.zeros((num_steps, 7), dtype=np.float32)
    made = bridge_actions({'steps/action': rows, 'steps/observation/state': rows})
    assert made.shape == (0, 7)


def test_control_rates_are_those_of_the_robots():
    rates = {name: transform.control_rate_hz for name, transform in TRANSFORMS.items()}
    libero = {name: rates.pop(name) for name in list(rates) if name.startswith('libero_')}
    assert rates == {
        'bridge_orig': 5.0,
        'bridge_dataset': 5.0,
        'fractal20220817_data': 3.0,
        'droid': 15.0,
        'droid_100': 15.0,
    }
    assert set(libero.values()) == {20.0}
