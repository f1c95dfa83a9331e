# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The robot description agrees with the kinematics and the capsules of the arm."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from genvla_viperx.arm import kinematics, vx300s
from genvla_viperx.arm.description import LINKS, relative_poses, urdf
from genvla_viperx.arm.rotations import matrix_from_rotation_vector, matrix_from_rpy
from genvla_viperx.arm.shape import CAPSULES, FIXED, LOAD


@pytest.fixture(scope='module')
def robot():
    return ElementTree.fromstring(urdf('left'))


def numbers(element, attribute):
    return np.array([float(part) for part in element.get(attribute).split()])


def pose(origin):
    result = np.eye(4)
    result[:3, :3] = matrix_from_rpy(numbers(origin, 'rpy'))
    result[:3, 3] = numbers(origin, 'xyz')
    return result


def poses(robot, angles):
    """Return the pose of every link, as a reader of the URDF computes it."""
    placed = {'left/base_link': np.eye(4)}
    for joint in robot.findall('joint'):
        turn = np.eye(4)
        if joint.get('type') == 'revolute':
            axis = numbers(joint.find('axis'), 'xyz')
            turn[:3, :3] = matrix_from_rotation_vector(axis * angles[joint.get('name')])
        parent = placed[joint.find('parent').get('link')]
        placed[joint.find('child').get('link')] = parent @ pose(joint.find('origin')) @ turn
    return placed


@pytest.mark.parametrize('seed', range(5))
def test_the_description_places_every_link_like_the_kinematics(robot, seed):
    q = np.random.default_rng(seed).uniform(vx300s.JOINT_LOWER, vx300s.JOINT_UPPER)
    placed = poses(robot, dict(zip(vx300s.JOINT_NAMES, q, strict=True)))
    for link, expected in zip(LINKS, kinematics.link_poses(q), strict=True):
        np.testing.assert_allclose(placed[f'left/{link}'], expected, atol=1e-8)


@pytest.mark.parametrize('seed', range(3))
def test_relative_poses_chain_up_to_the_links(seed):
    q = np.random.default_rng(seed).uniform(vx300s.JOINT_LOWER, vx300s.JOINT_UPPER)
    chained = np.eye(4)
    for relative, expected in zip(relative_poses(q), kinematics.link_poses(q), strict=True):
        chained = chained @ relative
        np.testing.assert_allclose(chained, expected, atol=1e-12)


def test_joints_have_the_limits_of_the_arm(robot):
    limits = [joint.find('limit') for joint in robot.findall("joint[@type='revolute']")]
    assert [float(limit.get('lower')) for limit in limits] == vx300s.JOINT_LOWER.tolist()
    assert [float(limit.get('upper')) for limit in limits] == vx300s.JOINT_UPPER.tolist()


def test_each_cylinder_lies_along_the_capsule_that_is_checked(robot):
    drawn = []
    for link in robot.findall('link'):
        for visual in link.findall('visual'):
            cylinder = visual.find('geometry/cylinder')
            if cylinder is not None:
                half = pose(visual.find('origin'))[:3, 2] * float(cylinder.get('length')) / 2
                middle = pose(visual.find('origin'))[:3, 3]
                drawn.append((middle - half, middle + half))
    expected = [each.ends for each in (*FIXED, *CAPSULES[:LOAD])]
    key = lambda ends: np.round(ends, 6).tolist()  # noqa: E731
    np.testing.assert_allclose(sorted(drawn, key=key), sorted(expected, key=key), atol=1e-6)
