# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Which configurations of the controller are accepted."""

from __future__ import annotations

import pytest

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
