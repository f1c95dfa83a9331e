# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Which configurations of the controller are accepted."""

from __future__ import annotations

import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.control.config import ControllerConfig
from genvla_viperx.safety.config import SafetyConfig


@pytest.mark.parametrize(
    'wrong', [{'home_joints': (3.0,) * 6}, {'move_speed': 9.0}, {'control_rate_hz': 0.0}]
)
def test_a_config_out_of_range_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ControllerConfig(**wrong)


@pytest.mark.parametrize(
    ('box', 'says'),
    [
        ((0.30, -0.10, 0.05, 0.45, 0.10, 0.50), 'home_joints moves the .* into keep-out box 0 by'),
        (
            (-0.40, -0.10, 0.00, -0.20, 0.10, 0.20),
            'the sleep pose moves the .* into keep-out box 0 by',
        ),
    ],
)
def test_a_box_around_a_named_pose_is_refused(box, says):
    with pytest.raises(ValueError, match=says):
        ControllerConfig(safety=SafetyConfig(keep_out_boxes=box))


@pytest.mark.parametrize(
    ('home', 'says'),
    [
        ((0.0, 1.24, -0.25, -2.95, 1.87, 2.93), 'home_joints moves the .* into the table by 143'),
        ((0.0, -1.08, 1.45, 0.32, 1.47, 0.01), 'home_joints moves the .* into the .* by 130 mm'),
        (vx300s.SLEEP.tolist(), 'home_joints moves the wrist into the .* by'),
    ],
)
def test_a_home_pose_in_the_table_or_in_the_arm_is_refused(home, says):
    with pytest.raises(ValueError, match=says):
        ControllerConfig(home_joints=tuple(home))
