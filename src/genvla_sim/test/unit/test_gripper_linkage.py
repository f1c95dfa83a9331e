# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Motor angle to finger and back, against the numbers of vx300s.yaml."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
import pytest

from genvla_sim.gripper_linkage import angle_from_finger, finger_from_angle, finger_per_radian


@pytest.mark.parametrize(
    ('angle', 'finger_m'), [(0.0, 0.028496), (-0.4132, 0.021), (1.3323, 0.057)]
)
def test_known_angles_of_the_viperx_gripper(angle: float, finger_m: float) -> None:
    assert finger_from_angle(angle) == pytest.approx(finger_m, abs=1e-5)


@given(st.floats(-1.5, 1.5))
def test_angle_from_finger_undoes_finger_from_angle(angle: float) -> None:
    assert angle_from_finger(finger_from_angle(angle)) == pytest.approx(angle, abs=1e-6)


@pytest.mark.parametrize('finger_m', [0.1, 0.0, float('nan')])
def test_a_finger_beyond_the_linkage_is_refused(finger_m: float) -> None:
    with pytest.raises(ValueError, match=r'0\.014 to 0\.058 m'):
        angle_from_finger(finger_m)


@given(st.floats(-1.4, 1.4))
def test_the_lever_is_the_slope_of_the_distance(angle: float) -> None:
    slope = (finger_from_angle(angle + 1e-6) - finger_from_angle(angle - 1e-6)) / 2e-6
    assert finger_per_radian(angle) == pytest.approx(slope, abs=1e-6)
