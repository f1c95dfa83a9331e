# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The transforms locate the simulated arm and its camera."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo, JointState
from std_msgs.msg import String

from genvla_node.qos import STATUS_LATCHED, TRANSFORMS, USB_CAM, XS_SDK
from genvla_sim.ros.sim_robot import make_nodes
from genvla_sim.scene.camera import TABLE_CAMERA
from genvla_viperx.arm import kinematics
from genvla_viperx.arm.rotations import matrix_from_quat_xyzw
from tf2_msgs.msg import TFMessage


@pytest.fixture
def robot(graph):
    overrides = [
        Parameter('robot_name', value='left'),
        Parameter('image_width', value=64),
        Parameter('image_height', value=48),
    ]
    nodes = make_nodes(context=graph.context, parameter_overrides=overrides)
    for node in nodes:
        graph.executor.add_node(node)
    yield nodes
    for node in reversed(nodes):
        graph.executor.remove_node(node)
        node.destroy_node()


def pose_in_base(frame, transforms):
    """Return the pose of a frame in the base frame by chaining transforms, as a viewer does."""
    parents = {each.child_frame_id: each for each in transforms}
    pose = np.eye(4)
    while frame in parents:
        q, p = parents[frame].transform.rotation, parents[frame].transform.translation
        step = np.eye(4)
        step[:3, :3] = matrix_from_quat_xyzw((q.x, q.y, q.z, q.w))
        step[:3, 3] = (p.x, p.y, p.z)
        pose, frame = step @ pose, parents[frame].header.frame_id
    assert frame == 'left/base_link'
    return pose


def test_the_transforms_locate_tool_and_camera(graph, robot, received):
    moving = received(TFMessage, '/tf', TRANSFORMS)
    fixed = received(TFMessage, '/tf_static', STATUS_LATCHED)
    joints = received(JointState, '/left/joint_states', XS_SDK)
    infos = received(CameraInfo, '/camera/camera_info', USB_CAM)
    graph.spin_until(lambda: moving and fixed and joints and infos)
    transforms = [*moving[-1].transforms, *fixed[-1].transforms]
    np.testing.assert_allclose(
        pose_in_base('left/ee_gripper_link', transforms),
        kinematics.forward(joints[-1].position[:6]),
        atol=1e-3,  # the arm rests, but its servos hold it up at slightly different places
    )
    # The frame that pictures name is the optical one: z forward, x right (REP 103).
    np.testing.assert_allclose(
        pose_in_base(infos[-1].header.frame_id, transforms),
        TABLE_CAMERA.base_T_optical,
        atol=1e-9,
    )


def test_a_late_subscriber_gets_the_robot_description(graph, robot, received):
    descriptions = received(String, '/left/robot_description', STATUS_LATCHED)
    graph.spin_until(lambda: descriptions)
    assert ElementTree.fromstring(descriptions[0].data).get('name') == 'left'
