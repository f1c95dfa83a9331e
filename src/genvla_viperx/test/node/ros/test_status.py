# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The status of the bridge on /diagnostics."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_node.diagnostics import Level
from genvla_viperx.arm import vx300s
from genvla_viperx.control.chunk import Chunk
from genvla_viperx.control.config import ControllerConfig
from genvla_viperx.control.controller import ArmController
from genvla_viperx.ros.status import bridge_status, company
from genvla_viperx.watch.joint_states import JointSample


@pytest.mark.parametrize(('ahead_s', 'warns'), [(0.0, False), (0.5, True), (-0.5, True)])
def test_a_wrong_clock_of_the_policy_is_a_warning(ahead_s, warns):
    controller, now_s = ArmController(ControllerConfig()), 100.0
    for number in range(40):
        now_s += 0.05
        delay_s = 0.01 + 0.4 * (number % 3 == 0)  # some arrive late, which must not count
        controller.accept_heartbeat(now_s, now_s + ahead_s - delay_s)
    status = bridge_status(controller, now_s, 0)
    assert ('chrony' in status.message) is warns
    assert (status.level == Level.WARN) is warns
    assert float(status.values['policy_clock_s']) == pytest.approx(0.01 - ahead_s, abs=1e-6)


def test_heartbeats_without_a_stamp_do_not_measure_the_clock():
    controller = ArmController(ControllerConfig())
    controller.accept_heartbeat(100.0)
    status = bridge_status(controller, 100.0, 0)
    assert status.values['policy_clock_s'] == 'none'
    assert 'chrony' not in status.message


def test_unknown_servo_errors_are_a_warning():
    status = bridge_status(ArmController(ControllerConfig()), 100.0, 0, 'no servo status for 6 s')
    assert status.level == Level.WARN
    assert 'no servo status for 6 s' in status.message


@pytest.mark.parametrize(
    ('names', 'publishers', 'says'),
    [
        (['viperx_bridge', 'policy'], 1, ''),
        (['viperx_bridge', 'policy', 'viperx_bridge'], 1, '2 nodes are called viperx_bridge: end'),
        (['viperx_bridge', 'policy', 'teleoperation'], 2, '2 nodes publish action_chunk: end all'),
    ],
)
def test_another_commander_of_the_arm_is_a_warning(names, publishers, says):
    assert company(names, 'viperx_bridge', publishers).startswith(says)
    assert bool(company(names, 'viperx_bridge', publishers)) is bool(says)


def test_a_joint_that_rests_far_from_its_goal_is_a_warning_with_its_name():
    controller, now_s = ArmController(ControllerConfig()), 100.0
    q = vx300s.BRIDGE_START_JOINTS
    controller.accept_joint_sample(JointSample(now_s, q), now_s)
    controller.activate(now_s)
    controller.accept_heartbeat(now_s)
    controller.accept_chunk(Chunk(now_s, 0.2, np.zeros((1, 7))), now_s)
    assert controller.tick(now_s) is not None
    for sag, warns in ((0.02, False), (0.06, True)):
        now_s += 0.9
        sunk = q + sag * np.eye(6)[1]
        controller.accept_joint_sample(JointSample(now_s, sunk), now_s)
        status = bridge_status(controller, now_s, 1)
        assert (status.level == Level.WARN) is warns
        assert ('shoulder rests 0.060 rad from its goal' in status.message) is warns
