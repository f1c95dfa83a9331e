# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The lowest point of the fingers is below all of their meshes."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import fingers, kinematics, vx300s


@pytest.mark.parametrize('finger_m', [vx300s.FINGER_CLOSED, vx300s.FINGER_OPEN])
@pytest.mark.parametrize('seed', range(20))
def test_no_vertex_of_the_finger_meshes_is_below_the_lowest_point(seed, finger_m):
    # In this order: genvla_sim makes MuJoCo render without a screen.
    build_arm = pytest.importorskip('genvla_sim.arm.vx300s_model').build_arm
    mujoco = pytest.importorskip('mujoco')
    model = build_arm().compile()
    data = mujoco.MjData(model)
    q = np.random.default_rng(seed).uniform(vx300s.JOINT_LOWER, vx300s.JOINT_UPPER)
    positions = {**dict(zip(vx300s.JOINT_NAMES, q, strict=True)), 'left_finger': finger_m}
    for name, value in {**positions, 'right_finger': -finger_m}.items():
        data.qpos[model.joint(name).qposadr[0]] = value
    mujoco.mj_forward(model, data)
    heights = []
    for geom in range(model.ngeom):
        mesh = model.geom_dataid[geom]
        if mesh < 0 or 'finger' not in model.body(model.geom_bodyid[geom]).name:
            continue
        start, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
        vertices = model.mesh_vert[start : start + count] @ data.geom_xmat[geom].reshape(3, 3).T
        heights.append((vertices + data.geom_xpos[geom])[:, 2].min())
    lowest = fingers.lowest_point(kinematics.forward(q))
    assert lowest <= min(heights)


def test_at_the_start_pose_the_tips_are_46_mm_below_the_tool():
    pose = kinematics.forward(vx300s.BRIDGE_START_JOINTS)
    assert pose[2, 3] - fingers.lowest_point(pose) == pytest.approx(0.0465, abs=1e-4)
