# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The capsules contain the arm, and their distances and motions are correct."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import kinematics, vx300s
from genvla_viperx.arm.shape import CAPSULES, FIXED, LOAD, motion, segment_distance, segments


def random_joints(seed):
    return np.random.default_rng(seed).uniform(vx300s.JOINT_LOWER, vx300s.JOINT_UPPER)


def points_of(capsule, q):
    pose = np.eye(4) if capsule.link < 0 else kinematics.link_poses(q)[capsule.link]
    return (pose[:3, :3] @ np.array(capsule.ends).T).T + pose[:3, 3]


@pytest.mark.parametrize('finger_m', [vx300s.FINGER_CLOSED, vx300s.FINGER_OPEN])
@pytest.mark.parametrize('seed', range(4))
def test_the_capsules_hold_every_vertex_of_the_arms_meshes(seed, finger_m):
    # In this order: genvla_sim makes MuJoCo render without a screen.
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
        mesh = model.geom_dataid[geom]
        start, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
        vertices = model.mesh_vert[start : start + count] @ data.geom_xmat[geom].reshape(3, 3).T
        vertices = vertices + data.geom_xpos[geom]
        inside = np.zeros(count, dtype=bool)
        for capsule in (*CAPSULES[:LOAD], *FIXED):
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
def test_the_distance_of_segments_equals_that_of_a_fine_sampling(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 2, 3))
    if seed % 4 == 0:
        b = a + rng.normal(size=3)  # parallel
    shares = np.linspace(0.0, 1.0, 401)[:, None]
    on_a, on_b = (ends[0] + shares * (ends[1] - ends[0]) for ends in (a, b))
    sampled = np.linalg.norm(on_a[:, None] - on_b[None], axis=-1).min()
    assert segment_distance(a, b) == pytest.approx(sampled, abs=0.01)
    assert segment_distance(a, b) <= sampled + 1e-9


def test_no_point_of_a_part_moves_further_than_its_bound():
    rng = np.random.default_rng(0)
    for seed in range(200):
        q_from = random_joints(seed)
        q_to = q_from + rng.uniform(-0.3, 0.3, 6) * (rng.random(6) < 0.5)
        ends = segments(np.array([q_from, q_to]))
        moved = np.linalg.norm(ends[1] - ends[0], axis=-1).max(axis=-1)
        assert (moved <= motion(q_from, q_to) + 1e-9).all()
