# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The MuJoCo arm matches the kinematics of the bridge."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from genvla_sim.arm.vx300s_model import TOOL_SITE, build_arm
from genvla_viperx.arm import kinematics, vx300s


@pytest.fixture(scope='module')
def model():
    return build_arm().compile()


def _tool_pose(model, q):
    data = mujoco.MjData(model)
    data.qpos[:6] = q
    mujoco.mj_kinematics(model, data)
    site = data.site(TOOL_SITE)
    return site.xpos, site.xmat.reshape(3, 3)


def test_the_tool_pose_matches_forward_kinematics(model):
    rng = np.random.default_rng(0)
    for q in rng.uniform(vx300s.JOINT_LOWER, vx300s.JOINT_UPPER, size=(200, 6)):
        position, rotation = _tool_pose(model, q)
        base_T_tool = kinematics.forward(q)
        np.testing.assert_allclose(position, base_T_tool[:3, 3], atol=1e-9)
        np.testing.assert_allclose(rotation, base_T_tool[:3, :3], atol=1e-9)


def test_joint_limits_are_those_of_the_robot(model):
    ranges = np.array([model.joint(name).range for name in vx300s.JOINT_NAMES])
    np.testing.assert_allclose(ranges[:, 0], vx300s.JOINT_LOWER, atol=1e-5)
    np.testing.assert_allclose(ranges[:, 1], vx300s.JOINT_UPPER, atol=1e-5)


def test_the_pads_meet_where_the_fingers_are_closed(model):
    data = mujoco.MjData(model)
    data.qpos[6:8] = vx300s.FINGER_CLOSED, -vx300s.FINGER_CLOSED
    mujoco.mj_kinematics(model, data)
    between = data.geom('left_pad').xpos[1] - data.geom('right_pad').xpos[1]
    assert between == pytest.approx(2 * model.geom('left_pad').size[1], abs=1e-9)


def test_only_the_pads_collide(model):
    colliding = {model.geom(i).name for i in range(model.ngeom) if model.geom_contype[i]}
    assert colliding == {'left_pad', 'right_pad'}
