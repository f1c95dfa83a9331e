# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Gripper conversions in the numbers of the ViperX."""

from __future__ import annotations

import pytest

from genvla_viperx import gripper


@pytest.mark.parametrize(('opening', 'finger_m'), [(0, 0.021), (0.5, 0.039), (1, 0.057)])
def test_opening_maps_linearly_to_one_finger(opening, finger_m):
    assert gripper.finger_from_opening(opening) == pytest.approx(finger_m)
    assert gripper.opening_from_finger(finger_m) == pytest.approx(opening)


@pytest.mark.parametrize(('opening', 'width_m'), [(0, 0.042), (1, 0.114), (-3, 0.042), (9, 0.114)])
def test_the_command_is_the_full_opening_and_stays_inside_the_travel(opening, width_m):
    assert gripper.full_opening_m(opening) == pytest.approx(width_m)
