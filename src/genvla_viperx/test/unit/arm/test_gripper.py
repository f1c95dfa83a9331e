# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Gripper conversions in the numbers of the ViperX."""

from __future__ import annotations

import math

import numpy as np
import pytest

from genvla_viperx.arm import gripper


@pytest.mark.parametrize(('opening', 'finger_m'), [(0, 0.021), (0.5, 0.039), (1, 0.057)])
def test_opening_maps_linearly_to_one_finger(opening, finger_m):
    assert gripper.finger_from_opening(opening) == pytest.approx(finger_m)
    assert gripper.opening_from_finger(finger_m) == pytest.approx(opening)


@pytest.mark.parametrize(('opening', 'width_m'), [(0, 0.042), (1, 0.114), (-3, 0.042), (9, 0.114)])
def test_the_command_is_the_full_opening_and_stays_inside_the_travel(opening, width_m):
    assert gripper.full_opening_m(opening) == pytest.approx(width_m)


@pytest.mark.parametrize(
    ('angle', 'finger_m'), [(0.0, 0.028496), (-0.4132, 0.021), (1.3323, 0.057)]
)
def test_a_motor_angle_gives_the_finger_distance(angle, finger_m):
    assert gripper.finger_from_angle(angle) == pytest.approx(finger_m, abs=1e-6)
    assert gripper.angle_from_finger(finger_m) == pytest.approx(angle, abs=1e-4)


@pytest.mark.parametrize('angle', np.linspace(-1.5, 1.5, 31))
def test_angle_from_finger_inverts_finger_from_angle(angle):
    finger_m = gripper.finger_from_angle(angle)
    assert gripper.angle_from_finger(finger_m) == pytest.approx(angle, abs=1e-9)


@pytest.mark.parametrize('angle', np.linspace(-1.4, 1.4, 15))
def test_the_lever_is_the_slope_of_the_distance(angle):
    ends_m = [gripper.finger_from_angle(angle + side) for side in (-1e-6, 1e-6)]
    assert gripper.finger_per_radian(angle) == pytest.approx(np.diff(ends_m)[0] / 2e-6, abs=1e-6)


@pytest.mark.parametrize('finger_m', [gripper.NEAREST, gripper.FARTHEST])
def test_where_horn_and_rod_are_in_line_the_motor_is_at_a_right_angle(finger_m):
    assert abs(gripper.angle_from_finger(finger_m)) == pytest.approx(math.pi / 2, abs=1e-3)


@pytest.mark.parametrize('finger_m', [0.0139, 0.0581, -0.03, math.nan])
def test_a_distance_beyond_the_linkage_is_refused(finger_m):
    with pytest.raises(ValueError, match='the linkage cannot move a finger to'):
        gripper.angle_from_finger(finger_m)


def test_the_command_is_in_metres_or_radians():
    assert gripper.command(0.114, gripper.GripperMode.LINEAR_POSITION) == 0.114
    angle = gripper.command(0.114, gripper.GripperMode.CURRENT_BASED_POSITION)
    assert angle == pytest.approx(1.3323, abs=1e-4)
