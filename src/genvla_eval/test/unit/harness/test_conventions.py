# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of our actions to each benchmark's actions."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest

from genvla_eval.harness import libero, simpler
from genvla_training.data.rlds.transforms import libero_actions
from genvla_viperx.arm.rotations import matrix_from_rotation_vector, matrix_from_rpy

ACTION = np.array([[0.01, -0.02, 0.03, 0.1, -0.2, 0.3, 1.0]])


@pytest.mark.parametrize('robot', [simpler.WIDOWX, simpler.GOOGLE])
def test_simpler_gets_metres_a_rotation_vector_and_one_for_open(robot):
    [given] = robot.to_benchmark(ACTION)
    np.testing.assert_allclose(given[:3], ACTION[0, :3])
    np.testing.assert_allclose(
        matrix_from_rotation_vector(given[3:6]), matrix_from_rpy(ACTION[0, 3:6]), atol=1e-12
    )
    # roll, pitch and yaw are no rotation vector: handing them on would turn otherwise.
    assert np.abs(given[3:6] - ACTION[0, 3:6]).max() > 0.01
    assert given[6] == 1.0


def test_the_google_robot_uses_the_sticky_gripper_mode():
    assert simpler.GOOGLE.parameters(1) == {'gripper_mode': 'sticky'}


def test_libero_gets_fractions_of_its_largest_step_and_minus_one_for_open():
    quarter = np.array([[0.025, 0.0, -0.05, 0.0, 0.0, 0.25, 0.9], [0.0] * 7])
    np.testing.assert_allclose(
        libero.to_benchmark(quarter), [[0.5, 0, -1, 0, 0, 0.5, -1], [0, 0, 0, 0, 0, 0, 1]]
    )


def test_libero_gets_no_more_than_its_largest_step():
    far = np.array([[0.2, -0.2, 0.0, 0.0, 0.0, pi / 2, 0.0]])
    np.testing.assert_allclose(libero.to_benchmark(far), [[1, -1, 0, 0, 0, 1, 1]])


def test_actions_learnt_from_libero_convert_back_unchanged():
    rng = np.random.default_rng(0)
    stored = rng.uniform(-0.95, 0.95, (50, 7)).astype(np.float32)
    stored[:, 6] = np.sign(stored[:, 6])
    learnt = libero_actions({'steps/action': stored}).astype(np.float64)
    assert set(learnt[:, 6]) == {0.0, 1.0}
    assert np.abs(learnt[:, :3]).max() <= 0.05
    np.testing.assert_allclose(libero.to_benchmark(learnt), stored, atol=1e-5)
