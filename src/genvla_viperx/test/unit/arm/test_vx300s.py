# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The constants of the arm are consistent."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import vx300s


@pytest.mark.parametrize('pose', [vx300s.SLEEP, vx300s.BRIDGE_START_JOINTS])
def test_the_named_poses_are_inside_the_limits(pose):
    assert np.all((pose >= vx300s.JOINT_LOWER) & (pose <= vx300s.JOINT_UPPER))


@pytest.mark.parametrize('constant', [vx300s.JOINT_LOWER, vx300s.SLEEP, vx300s.EFFORT_LIMIT_MA])
def test_a_constant_cannot_be_written_to(constant):
    with pytest.raises(ValueError, match='read-only'):
        constant[0] = 0.0
