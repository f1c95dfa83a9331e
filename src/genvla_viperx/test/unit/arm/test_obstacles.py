# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How deep the arm is in the table, in itself and in boxes, and which paths are free."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import kinematics, vx300s
from genvla_viperx.arm.inverse_kinematics import solve
from genvla_viperx.arm.obstacles import ITSELF, Obstacles
from genvla_viperx.arm.shape import CAPSULES, LOAD, segments

NOWHERE = -10.0
NO_BOXES = np.zeros((0, 6))
ITSELF_ALONE = Obstacles(NOWHERE, NO_BOXES)


def random_joints(seed):
    return np.random.default_rng(seed).uniform(vx300s.JOINT_LOWER, vx300s.JOINT_UPPER)


def reaching(x, z):
    """Joints with the gripper straight down at a place before the base."""
    pose = kinematics.forward(vx300s.BRIDGE_START_JOINTS)
    pose[0, 3], pose[2, 3] = x, z
    return solve(pose, vx300s.BRIDGE_START_JOINTS).q


@pytest.mark.parametrize('seed', range(20))
def test_the_depth_in_a_box_equals_that_of_a_fine_sampling(seed):
    rng = np.random.default_rng(seed)
    q = random_joints(seed)
    lower = rng.uniform(-0.6, 0.5, 3)
    box = np.concatenate([lower, lower + rng.uniform(0.05, 0.4, 3)])
    depth = Obstacles(NOWHERE, box[None]).depths(q[None])[0, 2:].max()
    expected = -np.inf
    for capsule, (first, last) in zip(CAPSULES[:LOAD], segments(q[None])[0], strict=False):
        points = first + np.linspace(0, 1, 4001)[:, None] * (last - first)
        beyond = np.maximum(box[:3] - points, points - box[3:])
        distance = np.linalg.norm(np.maximum(beyond, 0), axis=1) + np.minimum(beyond.max(1), 0)
        expected = max(expected, capsule.radius - distance.min())
    # Never too small; too large by the sampling error, or where a corner lies between samples.
    assert expected <= depth <= expected + 2e-3


def test_the_table_is_reached_by_the_elbow_but_may_be_touched_by_the_fingers():
    table = Obstacles(0.0, NO_BOXES)
    at_the_table = kinematics.forward(vx300s.BRIDGE_START_JOINTS)
    at_the_table[2, 3] = 0.0
    fingers_in_it = solve(at_the_table, vx300s.BRIDGE_START_JOINTS).q
    above = vx300s.BRIDGE_START_JOINTS
    assert table.trespassed(above, fingers_in_it) == ''
    flat = np.array([0.0, 1.2, -0.3, 0.0, -0.9, 0.0])
    assert 'into the table' in table.trespassed(above, flat)
    assert table.depths(above[None]).max() < 0


def test_the_worst_of_several_boxes_is_named():
    tool = kinematics.forward(vx300s.BRIDGE_START_JOINTS)[:3, 3]
    far = np.array([2.0, 2.0, 2.0, 2.1, 2.1, 2.1])
    around = np.concatenate([tool - 0.02, tool + 0.02])
    boxes = Obstacles(NOWHERE, np.stack([far, around]))
    reached = boxes.entered(vx300s.BRIDGE_START_JOINTS)
    assert reached.startswith('the fingers into keep-out box 1 by ')


def test_depths_of_several_joint_vectors_equal_those_of_each():
    obstacles = Obstacles(0.0, np.array([[0.2, 0.1, 0.0, 0.4, 0.3, 0.3]]))
    q_K6 = np.array([random_joints(seed) for seed in range(5)])
    for carries in (False, True):
        together = obstacles.depths(q_K6, carries=carries)
        for q, depths in zip(q_K6, together, strict=True):
            np.testing.assert_allclose(obstacles.depths(q[None], carries=carries)[0], depths)


def test_a_hand_does_not_reach_into_the_base():
    before, at_base = vx300s.BRIDGE_START_JOINTS, None
    assert ITSELF_ALONE.depths(before[None])[0, ITSELF].max() < -0.1
    for x in np.arange(0.28, 0.05, -0.02):
        at_base = reaching(x, 0.06)
        if at_base is None:
            break
        if said := ITSELF_ALONE.trespassed(before, at_base):
            break
    assert said.startswith('the fingers into the base')


def test_a_load_counts_only_while_it_is_carried():
    q = reaching(0.17, 0.06)
    start = vx300s.BRIDGE_START_JOINTS
    assert ITSELF_ALONE.trespassed(start, q) == ''
    assert ITSELF_ALONE.trespassed(start, q, carries=True).startswith('the load into the base')


def test_an_arm_that_is_folded_may_unfold_but_not_fold_further():
    asleep = vx300s.SLEEP
    assert ITSELF_ALONE.depths(asleep[None])[0, ITSELF].max() > 0
    shoulder, elbow = np.eye(6)[1:3]
    assert ITSELF_ALONE.trespassed(asleep, asleep + 0.1 * shoulder - 0.1 * elbow) == ''
    assert ITSELF_ALONE.trespassed(asleep, asleep + 0.05 * elbow) != ''


@pytest.mark.parametrize('turn', [0.3, 1.0])
def test_a_thin_post_between_the_samples_of_a_step_is_detected(turn):
    left, right = (vx300s.BRIDGE_START_JOINTS + np.eye(6)[0] * turn * s for s in (0.5, -0.5))
    tool = kinematics.forward(vx300s.BRIDGE_START_JOINTS)[:3, 3]
    for angle in np.linspace(-0.4, 0.4, 9) * turn:
        x, y = tool[0] * np.cos(angle), tool[0] * np.sin(angle)
        post = np.array([[x - 1e-3, y - 1e-3, 0.0, x + 1e-3, y + 1e-3, 0.2]])
        assert 'into keep-out box 0' in Obstacles(NOWHERE, post).trespassed(left, right)


def test_every_point_of_a_free_path_is_free():
    obstacles = Obstacles(0.0, np.array([[0.2, 0.1, 0.0, 0.4, 0.3, 0.3]]))
    rng, free = np.random.default_rng(0), 0
    for seed in range(300):
        q_from = vx300s.BRIDGE_START_JOINTS + np.random.default_rng(seed).uniform(-0.8, 0.8, 6)
        if obstacles.depths(q_from[None]).max() > 0:
            continue
        q_to = q_from + rng.uniform(-0.4, 0.4, 6)
        if obstacles.trespassed(q_from, q_to):
            continue
        free += 1
        shares = rng.random(50)[:, None]
        assert obstacles.depths(q_from + shares * (q_to - q_from)).max() <= 1e-5
    assert free > 30
