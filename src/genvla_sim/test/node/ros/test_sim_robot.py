# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The scene node, and the three nodes as one simulated robot."""

from __future__ import annotations

from itertools import pairwise
import os
import subprocess
import sys

import pytest
import rclpy
from rclpy.context import Context
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Bool, String
from std_srvs.srv import Trigger

from genvla_node.diagnostics import Level
from genvla_node.parameters import ParameterError
from genvla_node.qos import COMMAND, SENSOR, STATUS_LATCHED, USB_CAM, XS_SDK
from genvla_node.stamps import seconds_from_stamp
from genvla_sim.physics.simulation_loop import Pace
from genvla_sim.ros.sim_node import SimNode, pace_status
from genvla_sim.ros.sim_robot import make_nodes


def test_a_late_subscriber_gets_the_task(graph, received):
    graph.node(SimNode, parameter_overrides=[Parameter('task', value='PutKnifeOnCloth')])
    instructions = received(String, '/sim/task_instruction', STATUS_LATCHED)
    graph.spin_until(lambda: instructions)
    assert instructions[0].data == 'put the knife on the cloth'


def test_an_unknown_task_is_refused_with_the_known_ones(graph):
    with pytest.raises(ParameterError, match="'PickMe'; expected one of: PickCarrot, "):
        graph.node(SimNode, parameter_overrides=[Parameter('task', value='PickMe')])


def test_success_is_published_at_five_hertz(graph, received):
    sim = graph.node(SimNode)
    messages = received(Bool, '/sim/success', COMMAND)
    for _ in range(100):
        sim.loop.tick()
    graph.spin_until(lambda: len(messages) == 5)
    assert not any(message.data for message in messages)


def test_the_lifted_object_is_published_at_five_hertz(graph, received):
    sim = graph.node(SimNode)
    messages = received(String, '/sim/lifted', COMMAND)
    for _ in range(100):
        sim.loop.tick()
    graph.spin_until(lambda: len(messages) == 5)
    assert {message.data for message in messages} == {''}


def test_a_reset_rearranges_the_objects_and_returns_the_arm_to_its_start(graph, call):
    sim = graph.node(SimNode)
    simulation = sim.loop.arm.simulation
    before, start = simulation.object_pose('carrot'), simulation.joint_positions()
    sim.loop.arm.driver.command_single('waist', 1.0, 0.0)
    for _ in range(50):
        sim.loop.tick()
    answer = call(Trigger, '/sim/reset')
    assert (answer.success, answer.message) == (
        True,
        "'pick up the carrot', objects placed by seed 1",
    )
    assert abs(simulation.object_pose('carrot') - before).max() > 0.01
    assert simulation.joint_positions() == pytest.approx(start, abs=1e-3)


def test_the_same_seed_places_the_same_scene(graph):
    first, second = (
        graph.node(SimNode, parameter_overrides=[Parameter('seed', value=7)]) for _ in range(2)
    )
    poses = [node.loop.arm.simulation.object_pose('carrot') for node in (first, second)]
    assert (poses[0] == poses[1]).all()


@pytest.mark.parametrize(
    ('pace', 'level'),
    [
        (Pace(100, 0.001, 0.01, 0.0), Level.OK),
        (Pace(100, 0.05, 0.1, 0.0), Level.WARN),
        (Pace(60, 0.05, 0.6, 0.6), Level.ERROR),
        (Pace(0, 0.0, 0.0, 0.0), Level.ERROR),
    ],
)
def test_diagnostics_report_whether_the_simulation_keeps_up(pace, level):
    assert pace_status(pace).level == level


@pytest.fixture
def robot(graph):
    """Starts the whole robot with parameters of the scene and small images."""
    nodes = []

    def start(*overrides):
        small = [Parameter('image_width', value=64), Parameter('image_height', value=48)]
        nodes.extend(make_nodes(context=graph.context, parameter_overrides=[*overrides, *small]))
        for node in nodes:
            graph.executor.add_node(node)

    yield start
    for node in reversed(nodes):
        graph.executor.remove_node(node)
        node.destroy_node()


def test_the_robot_has_the_names_of_the_real_one(graph, robot, received):
    robot(Parameter('robot_name', value='left_arm'))
    states = received(JointState, '/left_arm/joint_states', XS_SDK)
    images = received(Image, '/camera/image_raw', USB_CAM)
    graph.spin_until(lambda: states and images)


def test_a_namespace_applies_to_the_whole_robot(domain_id):
    context = Context()
    arguments = ['--ros-args', '-r', '__ns:=/cell', '-p', 'robot_name:=left']
    rclpy.init(args=arguments, context=context, domain_id=domain_id)
    nodes = make_nodes(context=context)
    try:
        names = [node.get_fully_qualified_name() for node in nodes]
        assert names == [
            '/cell/sim',
            '/cell/left/xs_sdk',
            '/cell/camera/usb_cam',
            '/cell/left/robot_state_publisher',
        ]
    finally:
        for node in reversed(nodes):
            node.destroy_node()
        context.try_shutdown()


def test_at_full_speed_time_is_on_clock_and_no_image_is_dropped(graph, robot, received):
    robot(Parameter('real_time_factor', value=0.0))
    clocks = received(Clock, '/clock', SENSOR)
    images = received(Image, '/camera/image_raw', USB_CAM)
    graph.spin_until(lambda: clocks and len(images) >= 30)
    stamps = [seconds_from_stamp(image.header.stamp) for image in images]
    gaps = [after - before for before, after in pairwise(stamps)]
    assert max(gaps) < 0.05
    assert sum(gaps) / len(gaps) == pytest.approx(1 / 30, abs=2e-3)


def test_sigterm_ends_the_process_silently(graph, domain_id, received):
    process = subprocess.Popen(
        [sys.executable, '-m', 'genvla_sim.ros.sim_robot'],
        env={**os.environ, 'ROS_DOMAIN_ID': str(domain_id)},
        stderr=subprocess.PIPE,
        text=True,
    )
    images = received(Image, '/camera/image_raw', USB_CAM)
    graph.spin_until(lambda: images)
    process.terminate()
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, '')


def test_an_unknown_parameter_is_refused_with_a_suggestion(graph):
    def make(**kwargs):
        return make_nodes(context=graph.context, **kwargs)

    with pytest.raises(
        ParameterError, match='there is no parameter image_widht; did you mean image_width'
    ):
        make(parameter_overrides=[Parameter('image_widht', value=320)])
