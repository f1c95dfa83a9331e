# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The arm as a robot description (URDF), with Interbotix's names of links and joints.

Source of the names: Interbotix interbotix_ros_manipulators (jazzy), vx300s.urdf.xacro. The visuals
are the capsules that the safety rules check, not the arm's meshes.
"""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genvla_viperx.arm import kinematics, vx300s
from genvla_viperx.arm.shape import CAPSULES, FIXED, LOAD, Capsule

Array = NDArray[np.float64]

BASE_LINK = 'base_link'
LINKS = (
    'shoulder_link',
    'upper_arm_link',
    'upper_forearm_link',
    'lower_forearm_link',
    'wrist_link',
    'gripper_link',
    'ee_gripper_link',
)
"""Child links in the order of `kinematics.link_poses`; the last one is the tool's frame."""

_AXIS_OF = {'x': '1 0 0', 'y': '0 1 0', 'z': '0 0 1'}
_GREY = '0.35 0.35 0.38 1'


def relative_poses(q: ArrayLike) -> Array:
    """Return the pose of each link of `LINKS` in its parent link, shape (7, 4, 4).

    The parent of the first link is the base.

    Args:
        q: Joint positions in the order of `vx300s.JOINT_NAMES`, shape (6,) [rad].
    """
    poses = kinematics.link_poses(q)
    before = np.concatenate([np.eye(4)[None], poses[:-1]])
    relative: Array = np.linalg.inv(before) @ poses
    return relative


def urdf(robot_name: str) -> str:
    """Return the robot description; frame names start with the robot's name and a slash."""
    robot = ElementTree.Element('robot', name=robot_name)

    def named(link: str) -> str:
        return f'{robot_name}/{link}'

    def add_link(link: str, capsules: list[Capsule]) -> None:
        element = ElementTree.SubElement(robot, 'link', name=named(link))
        for capsule in capsules:
            _draw(element, capsule)

    add_link(BASE_LINK, list(FIXED))
    origins = relative_poses(np.zeros(6))[:, :3, 3]
    parent = BASE_LINK
    for index, (link, origin) in enumerate(zip(LINKS, origins, strict=True)):
        add_link(link, [each for each in CAPSULES[:LOAD] if each.link == index])
        if index == vx300s.NUM_JOINTS:
            joint = _joint(robot, 'ee_gripper', 'fixed', named(parent), named(link), origin)
        else:
            name, axis = vx300s.JOINT_NAMES[index], kinematics.AXES[index]
            joint = _joint(robot, name, 'revolute', named(parent), named(link), origin)
            ElementTree.SubElement(joint, 'axis', xyz=_AXIS_OF[axis])
            limit = {
                'lower': vx300s.JOINT_LOWER[index],
                'upper': vx300s.JOINT_UPPER[index],
                'velocity': vx300s.JOINT_VELOCITY_LIMIT[index],
                'effort': 0.0,
            }
            ElementTree.SubElement(
                joint, 'limit', {key: repr(float(v)) for key, v in limit.items()}
            )
        parent = link
    ElementTree.indent(robot)
    return ElementTree.tostring(robot, encoding='unicode')


def _joint(
    robot: ElementTree.Element, name: str, kind: str, parent: str, child: str, origin: Array
) -> ElementTree.Element:
    joint = ElementTree.SubElement(robot, 'joint', name=name, type=kind)
    ElementTree.SubElement(joint, 'parent', link=parent)
    ElementTree.SubElement(joint, 'child', link=child)
    ElementTree.SubElement(joint, 'origin', xyz=_numbers(origin), rpy='0 0 0')
    return joint


def _draw(link: ElementTree.Element, capsule: Capsule) -> None:
    """Add a cylinder with a ball at each end."""
    begin, end = np.array(capsule.ends)
    direction = (end - begin) / np.linalg.norm(end - begin)
    # Turn z into the direction: pitch first, then yaw.
    rpy = (0.0, np.arccos(np.clip(direction[2], -1, 1)), np.arctan2(direction[1], direction[0]))
    length = float(np.linalg.norm(end - begin))
    shapes = (
        ('cylinder', {'radius': repr(capsule.radius), 'length': repr(length)}, (begin + end) / 2),
        ('sphere', {'radius': repr(capsule.radius)}, begin),
        ('sphere', {'radius': repr(capsule.radius)}, end),
    )
    for shape, size, place in shapes:
        visual = ElementTree.SubElement(link, 'visual')
        ElementTree.SubElement(visual, 'origin', xyz=_numbers(place), rpy=_numbers(np.array(rpy)))
        ElementTree.SubElement(ElementTree.SubElement(visual, 'geometry'), shape, size)
        ElementTree.SubElement(
            ElementTree.SubElement(visual, 'material', name='grey'), 'color', rgba=_GREY
        )


def _numbers(values: Array) -> str:
    return ' '.join(repr(round(float(value), 9)) for value in values)
