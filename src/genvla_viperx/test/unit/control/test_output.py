# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Every command passes the gate, and an unsent command leaves no trace."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.states import ArmState
from genvla_viperx.control.config import ControllerConfig
from genvla_viperx.control.moves import JointMotion, PoseMove
from genvla_viperx.control.output import ArmOutput
from genvla_viperx.safety.refusal import Interventions, Rule
from genvla_viperx.watch.goal_tracking import GoalTracker
from genvla_viperx.watch.joint_states import JointSample

START = vx300s.BRIDGE_START_JOINTS
SAMPLE = JointSample(100.0, START)
FORWARD = np.array([0.01, 0, 0, 0, 0, 0, 1.0])


@pytest.fixture
def interventions():
    return Interventions()


@pytest.fixture
def goal():
    return GoalTracker(ControllerConfig().safety)


@pytest.fixture
def output(goal, interventions):
    return ArmOutput(ControllerConfig(), goal, interventions)


def test_a_sent_command_becomes_the_goal_and_the_target(output, goal):
    command = output.step(FORWARD, 0.2, SAMPLE, 100.0).command
    np.testing.assert_array_equal(goal.goal, command.q)
    np.testing.assert_array_equal(output.target.start(START).q, command.q)


def test_a_command_that_the_gate_refuses_is_counted_and_leaves_no_goal(
    output, goal, interventions
):
    far = PoseMove(
        JointMotion(START + 1.5 * np.eye(6)[0], START, 4.0),
        name='home',
        ends_in=ArmState.HOLDING,
        now_s=100.0,
    )
    assert output.follow(far, SAMPLE, 100.02) is None
    assert output.last_refusal.rule is Rule.TRACKING
    assert interventions[Rule.TRACKING] == 1
    assert goal.goal is None


def test_neither_a_step_nor_a_move_is_sent_at_speed_scale_zero(output):
    output.speed_scale = 0.0
    motion = JointMotion(START, vx300s.SLEEP, 4.0)
    move = PoseMove(motion, name='sleep', ends_in=ArmState.STOPPED, now_s=100.0)
    assert output.step(FORWARD, 0.2, SAMPLE, 100.0).command is None
    assert output.follow(move, SAMPLE, 100.02) is None


def test_a_hold_keeps_the_goal_of_an_arm_that_rests_near_it(output):
    sent = output.step(FORWARD, 0.2, SAMPLE, 100.0).command
    sagging = JointSample(102.0, sent.q + 0.05 * np.eye(6)[1])
    held = output.hold(sagging, np.zeros(6), 102.0)
    np.testing.assert_array_equal(held.q, sent.q)


def test_an_arm_in_motion_is_halted_where_it_can_brake_at_any_speed_scale(output, interventions):
    output.speed_scale = 0.01
    held = output.hold(SAMPLE, 3.0 * np.eye(6)[0], 100.0)
    assert held.q[0] == pytest.approx(3.0 * 0.1 / 2)
    assert interventions.total() == 0
