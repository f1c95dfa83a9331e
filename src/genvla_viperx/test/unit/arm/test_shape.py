# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The arm's capsules hold the arm, and obstacles are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import kinematics, vx300s
from genvla_viperx.arm.inverse_kinematics import solve
from genvla_viperx.arm.shape import CAPSULES, Obstacles

NOWHERE = -10.0
NO_BOXES = np.zeros((0, 6))
ALLOWED = np.zeros(1)


def random_joints(seed):
    return np.random.default_rng(seed).uniform(vx300s.JOINT_LOWER, vx300s.JOINT_UPPER)


def points_of(capsule, q):
    pose = kinematics.link_poses(q)[capsule.link]
    return (pose[:3, :3] @ np.array(capsule.ends).T).T + pose[:3, 3]


@pytest.mark.parametrize('finger_m', [vx300s.FINGER_CLOSED, vx300s.FINGER_OPEN])
@pytest.mark.parametrize('seed', range(4))
def test_the_capsules_hold_every_vertex_of_the_arms_meshes(seed, finger_m):
    # In this order: genvla_sim tells MuJoCo to draw without a screen.
    build_arm = pytest.importorskip('genvla_sim.arm.vx300s_model').build_arm
    mujoco = pytest.importorskip('mujoco')
    model = build_arm().compile()
    data = mujoco.MjData(model)
    q = random_joints(seed)
    fingers = {'left_finger': finger_m, 'right_finger': -finger_m}
    for name, value in {**dict(zip(vx300s.JOINT_NAMES, q, strict=True)), **fingers}.items():
        data.qpos[model.joint(name).qposadr[0]] = value
    mujoco.mj_forward(model, data)
    seen = 0
    for geom in range(model.ngeom):
        if model.geom_type[geom] != mujoco.mjtGeom.mjGEOM_MESH:
            continue
        if model.body(model.geom_bodyid[geom]).name in ('base_link', 'shoulder_link'):
            continue
        mesh = model.geom_dataid[geom]
        start, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
        vertices = model.mesh_vert[start : start + count] @ data.geom_xmat[geom].reshape(3, 3).T
        vertices = vertices + data.geom_xpos[geom]
        inside = np.zeros(count, dtype=bool)
        for capsule in CAPSULES:
            first, last = points_of(capsule, q)
            along = np.clip(
                (vertices - first) @ (last - first) / np.sum((last - first) ** 2), 0, 1
            )
            nearest = first + along[:, None] * (last - first)
            inside |= np.linalg.norm(vertices - nearest, axis=1) <= capsule.radius
        assert inside.all(), model.body(model.geom_bodyid[geom]).name
        seen += count
    assert seen > 1000


@pytest.mark.parametrize('seed', range(20))
def test_the_depth_in_a_box_is_that_of_a_fine_sampling(seed):
    rng = np.random.default_rng(seed)
    q = random_joints(seed)
    lower = rng.uniform(-0.6, 0.5, 3)
    box = np.concatenate([lower, lower + rng.uniform(0.05, 0.4, 3)])
    depth = Obstacles(NOWHERE, box[None]).depths(q).max()
    expected = -np.inf
    for capsule in CAPSULES:
        first, last = points_of(capsule, q)
        points = first + np.linspace(0, 1, 4001)[:, None] * (last - first)
        beyond = np.maximum(box[:3] - points, points - box[3:])
        distance = np.linalg.norm(np.maximum(beyond, 0), axis=1) + np.minimum(beyond.max(1), 0)
        expected = max(expected, capsule.radius - distance.min())
    # Never less than it is; more by the sampling's error, and where a corner lies between samples.
    assert expected <= depth <= expected + 2e-3


def test_the_table_is_reached_by_the_elbow_but_may_be_touched_by_the_fingers():
    table = Obstacles(0.0, NO_BOXES)
    at_the_table = kinematics.forward(vx300s.BRIDGE_START_JOINTS)
    at_the_table[2, 3] = 0.0
    fingers_in_it = solve(at_the_table, vx300s.BRIDGE_START_JOINTS).q
    assert table.trespassed(fingers_in_it, ALLOWED) == ''
    flat = np.array([0.0, 1.2, -0.3, 0.0, -0.9, 0.0])
    assert 'into the table' in table.trespassed(flat, ALLOWED)
    assert table.depths(vx300s.BRIDGE_START_JOINTS).max() < 0


def test_the_worst_of_several_boxes_is_named():
    tool = kinematics.forward(vx300s.BRIDGE_START_JOINTS)[:3, 3]
    far = np.array([2.0, 2.0, 2.0, 2.1, 2.1, 2.1])
    around = np.concatenate([tool - 0.02, tool + 0.02])
    boxes = Obstacles(NOWHERE, np.stack([far, around]))
    reached = boxes.trespassed(vx300s.BRIDGE_START_JOINTS, ALLOWED)
    assert reached.startswith('the fingers into keep-out box 1, ')
