# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the tool may be sent, and where it may start."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import fingers
from genvla_viperx.arm.rotations import matrix_from_rpy
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.workspace import Workspace

SPACE = Workspace.of(
    SafetyConfig(workspace_lower=(0.1, -0.3, 0.0), workspace_upper=(0.5, 0.3, 0.4))
)
DOWN = (0.0, np.pi / 2, 0.0)


def tool(position, rpy=(0.0, 0.0, 0.0)):
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = matrix_from_rpy(rpy), position
    return pose


@pytest.mark.parametrize(
    ('position', 'expected'),
    [
        ((0.3, 0.1, 0.2), (0.3, 0.1, 0.2)),
        ((0.7, -0.1, 0.2), (0.5, -0.1, 0.2)),
        ((0.3, -0.4, 0.9), (0.3, -0.3, 0.4)),
    ],
)
def test_a_tool_is_clamped_to_the_box(position, expected):
    np.testing.assert_array_equal(SPACE.clamped(tool(position))[:3, 3], expected)


def test_a_tool_outside_may_come_back_but_not_go_further_out():
    widened = SPACE.reaching(tool((0.54, 0.0, 0.43)))
    clamped = widened.clamped(tool((0.56, 0.0, 0.41)))
    np.testing.assert_array_equal(clamped[:3, 3], (0.54, 0.0, 0.41))


def test_fingers_that_point_down_are_kept_five_millimetres_in_the_table():
    clamped = SPACE.clamped(tool((0.3, 0.0, 0.0), DOWN))
    assert clamped[2, 3] == pytest.approx(-0.005 + 0.0465)
    assert SPACE.outside(tool((0.3, 0.0, 0.0), DOWN)) == pytest.approx(0.0415)


def test_a_tilted_hand_is_kept_higher_by_the_finger_that_is_lower():
    tilted = matrix_from_rpy((0.3, 0.0, 0.0)) @ matrix_from_rpy(DOWN)
    pose = tool((0.3, 0.0, 0.0))
    pose[:3, :3] = tilted
    lifted = SPACE.clamped(pose)
    assert lifted[2, 3] == pytest.approx(
        -0.005 + 0.0465 * np.cos(0.3) + 0.0376 * np.sin(0.3), abs=1e-6
    )
    assert fingers.lowest_point(lifted) == pytest.approx(-0.005)


def test_fingers_that_start_too_deep_may_stay_as_deep_or_come_out():
    deep = tool((0.3, 0.0, 0.02), DOWN)
    widened = SPACE.reaching(deep)
    assert widened.clamped(tool((0.3, 0.0, 0.01), DOWN))[2, 3] == pytest.approx(0.02)
    assert SPACE.reaching(tool((0.3, 0.0, 0.03), DOWN)).finger_floor > widened.finger_floor
