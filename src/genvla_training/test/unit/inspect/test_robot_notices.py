# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Notices about actions: wrong units, little motion, pauses."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_training.inspect.robot_notices import is_still, longest_run, range_flag, robot_notices


def lively(length=200):
    """Return actions that give no notice: 2 cm and 0.1 rad, a gripper in [0, 1]."""
    random = np.random.default_rng(0)
    scales = [0.02] * 3 + [0.1] * 3
    motion = random.uniform(-1.0, 1.0, size=(length, 6)) * scales
    return np.concatenate([motion, random.uniform(0.0, 1.0, size=(length, 1))], axis=1)


def changed(dimension, values, steps=slice(None)):
    actions = lively()
    actions[steps, dimension] = values
    return actions


def notices(*episodes, rate_hz=5.0):
    return robot_notices(dict(enumerate(episodes)), control_rate_hz=rate_hz)


def test_good_actions_give_no_notice():
    assert notices(lively()) == []


@pytest.mark.parametrize(
    ('rate_hz', 'remark', 'flag'),
    [
        (30.0, 'the rate is 30 Hz, so a chunk of 8 actions lasts 0.27 s', '--model.horizon 30'),
        (1.0, 'the rate is 1 Hz, so the policy looks at the scene every 1.0 s', '--control-rate'),
    ],
)
def test_a_rate_that_does_not_fit_is_named_with_the_right_flag(rate_hz, remark, flag):
    (notice,) = notices(lively(), rate_hz=rate_hz)
    assert notice.startswith(remark)
    assert flag in notice


@pytest.mark.parametrize('rate_hz', [3.0, 15.0])
def test_the_rates_of_released_data_sets_give_no_notice(rate_hz):
    assert notices(lively(), rate_hz=rate_hz) == []


def test_a_dimension_that_never_moves_is_reported_with_its_effect():
    (notice,) = notices(changed(4, 0.0))
    assert notice == (
        'dpitch [deg] never moves: q01 is 0 and q99 is 0; training rejects it unless allow_still '
        'is set'
    )


def test_a_dimension_with_only_noise_hardly_moves():
    (notice,) = notices(changed(2, np.linspace(0.0, 2e-4, 200)))
    assert notice.startswith(
        'dz [cm] hardly moves: q01 is 0.0002 and q99 is 0.0198; normalisation'
    )


@pytest.mark.parametrize(
    ('dimension', 'high', 'flag'),
    [(0, 0.0, 'never moves'), (0, 9e-4, 'hardly moves'), (0, 1e-3, ''), (6, 0.05, 'hardly moves')],
)
def test_the_flag_of_a_dimension_follows_its_range(dimension, high, flag):
    assert range_flag(dimension, 0.0, high) == flag


def test_a_gripper_out_of_range_is_reported_with_steps_and_episodes():
    (notice,) = notices(lively(), changed(6, -1.0, slice(0, 3)), changed(6, 1.5, 7))
    assert notice == (
        'gripper leaves [0, 1] in 4 steps of 2 episodes (1, 2): its values there are -1 to 1.5, '
        'expected 0 (closed) to 1 (open)'
    )


def test_a_gripper_that_rounds_to_one_is_in_range():
    assert notices(changed(6, 1.0 + 1e-6, 3)) == []


def test_translations_in_millimetres_are_reported():
    (notice,) = notices(changed(0, 12.0, 5))
    assert notice.startswith('translations over 30 cm in one step in 1 episode (0), at most 12;')


def test_rotations_in_degrees_are_reported():
    (notice,) = notices(changed(5, 45.0, 5))
    assert notice.startswith('rotations over 86 deg in one step in 1 episode (0), at most 45;')


def test_a_pause_of_more_than_a_second_is_reported():
    paused = lively()
    paused[10:16] = [0, 0, 0, 0, 0, 0, paused[9, 6]]
    (notice,) = notices(lively(), paused)
    assert notice.startswith('nothing moves for more than 1 s in 1 episode (1), at most 1.2 s;')


def test_a_pause_of_a_second_is_not_reported():
    paused = lively()
    paused[10:15] = [0, 0, 0, 0, 0, 0, paused[9, 6]]
    assert notices(paused) == []


def test_a_step_in_which_only_the_gripper_moves_is_not_still():
    actions = np.zeros((4, 7))
    actions[2:, 6] = 1.0
    assert is_still(actions).tolist() == [True, True, False, True]


@pytest.mark.parametrize(
    ('values', 'length'), [([], 0), ([0, 0], 0), ([1, 1, 0, 1], 2), ([0, 1, 0, 1, 1, 1], 3)]
)
def test_the_longest_run_is_counted(values, length):
    assert longest_run(np.array(values, dtype=bool)) == length
