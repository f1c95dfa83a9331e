# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A move advances with the ticks, and waits while nothing of it is sent."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx import vx300s
from genvla_viperx.arm_interface import ArmState
from genvla_viperx.joint_motion import JointMotion
from genvla_viperx.pose_move import PoseMove


def move():
    motion = JointMotion(vx300s.SLEEP, vx300s.BRIDGE_START_JOINTS, duration_s=4.0)
    return PoseMove(motion, name='home', ends_in=ArmState.HOLDING, now_s=10.0)


@pytest.mark.parametrize(
    ('now_s', 'elapsed_s'), [(9.0, 0.0), (10.02, 0.02), (10.04, 0.04), (15.0, 0.04)]
)
def test_it_advances_by_no_more_than_two_ticks(now_s, elapsed_s):
    _, found_s = move().goal(now_s, control_period_s=0.02)
    assert found_s == pytest.approx(elapsed_s)


def test_it_waits_until_its_goal_was_sent():
    waiting = move()
    for now_s in np.arange(10.0, 12.0, 0.02):
        q, _ = waiting.goal(now_s, control_period_s=0.02)
    assert np.abs(q - vx300s.SLEEP).max() < 1e-4


def test_it_is_over_when_its_last_goal_was_sent():
    nearly = move()
    nearly.advance(3.99, 20.0)
    assert not nearly.is_over
    q, elapsed_s = nearly.goal(20.02, control_period_s=0.02)
    np.testing.assert_allclose(q, vx300s.BRIDGE_START_JOINTS, atol=1e-12)
    nearly.advance(elapsed_s, 20.02)
    assert nearly.is_over
