# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Cylinders of the scene point along their capsules."""

import numpy as np
import pytest

from genvla_console.web.arm_scene import _y_towards


@pytest.mark.parametrize('direction', [[0, 2, 0], [1, 0, 0], [0, 0, -3], [1, -2, 3], [0, 0, 0]])
def test_the_axis_y_is_turned_towards_the_direction(direction):
    direction = np.array(direction, dtype=float)
    rotation = _y_towards(direction)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    if direction.any():
        np.testing.assert_allclose(rotation[:, 1], direction / np.linalg.norm(direction))
