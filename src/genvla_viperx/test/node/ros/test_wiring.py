# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands reach the driver, and only the bridge sends them."""

from __future__ import annotations

from functools import partial

import pytest
from rclpy.node import Node
from sensor_msgs.msg import JointState

from genvla_node.heartbeat import Heartbeat
from genvla_node.qos import XS_SDK
from genvla_node.testing import PLAIN
from interbotix_xs_msgs.msg import JointGroupCommand, JointSingleCommand, JointTrajectoryCommand

COMMANDS = {
    'vx300s/commands/joint_group': JointGroupCommand,
    'vx300s/commands/joint_single': JointSingleCommand,
}


def recorder(graph):
    """A node that subscribes to everything, as a recorder and a viewer do."""
    node = graph.node(partial(Node, 'recorder', **PLAIN))
    for topic, message_type in (COMMANDS | {'vx300s/joint_states': JointState}).items():
        node.create_subscription(message_type, topic, lambda _: None, XS_SDK)
    return node


def test_a_driver_that_does_not_subscribe_is_refused_even_if_another_node_does(
    graph, driver, operator, make_bridge
):
    bag = recorder(graph)
    for subscription in list(driver.subscriptions):
        if subscription.topic_name.endswith('joint_group'):
            driver.destroy_subscription(subscription)

    def names(endpoints):
        return [endpoint.node_name for endpoint in endpoints]

    graph.spin_until(
        lambda: (
            names(bag.get_publishers_info_by_topic('vx300s/joint_states')) == ['xs_sdk']
            and names(bag.get_subscriptions_info_by_topic('vx300s/commands/joint_group'))
            == ['recorder']
        ),
        'the graph to be known',
    )
    make_bridge(driver_timeout_s=2.0)
    assert not operator.transition('configure')
    operator.read('/vx300s/commands/joint_group does not reach /vx300s/xs_sdk, which publishes')
    operator.read('it reaches /recorder')


def test_an_arm_in_motion_is_stopped_when_its_driver_no_longer_subscribes(
    graph, driver, policy, operator, active_bridge
):
    recorder(graph)
    subscription = next(s for s in driver.subscriptions if s.topic_name.endswith('joint_single'))
    policy.send(dx=0.002, steps=40)
    graph.spin_until(lambda: operator.state == 'executing', 'executing')
    driver.destroy_subscription(subscription)
    graph.spin_until(lambda: operator.interventions('commands_unheard'), 'the count')
    assert operator.state == 'stopped'
    assert 'joint_single does not reach /vx300s/xs_sdk' in operator.message


@pytest.mark.parametrize(
    ('message_type', 'topic'),
    [
        (JointGroupCommand, 'vx300s/commands/joint_group'),
        (JointTrajectoryCommand, 'vx300s/commands/joint_trajectory'),
    ],
)
def test_an_arm_that_another_node_commands_is_stopped_until_that_node_is_gone(
    graph, driver, policy, operator, active_bridge, message_type, topic
):
    policy.send(dx=0.002, steps=40)
    graph.spin_until(lambda: operator.state == 'executing', 'executing')
    rival = graph.node(partial(Node, 'rival', **PLAIN))
    publisher = rival.create_publisher(message_type, topic, XS_SDK)
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    graph.spin_until(lambda: operator.interventions('rival_commander'), 'the count')
    assert f'/{topic} is also published by /rival' in operator.message
    assert operator.ask('resume').success
    answer = operator.ask('home')
    assert not answer.success
    assert 'published by /rival' in answer.message
    policy.send()
    graph.spin_until(lambda: operator.interventions('chunk_not_ready'), 'the refusal')
    rival.destroy_publisher(publisher)
    graph.spin_until(lambda: operator.ask('home').success, 'home')


def test_a_second_bridge_of_the_same_name_keeps_the_arm_from_moving_until_it_is_gone(
    graph, driver, policy, operator, active_bridge
):
    twin = graph.node(partial(Node, 'viperx_bridge', **PLAIN))
    Heartbeat(twin)
    graph.spin_until(lambda: 'another viperx_bridge runs' in operator.message, 'the twin')
    policy.send()
    graph.spin_until(lambda: operator.interventions('chunk_not_ready'), 'the refusal')
    assert driver.joint_commands == []
    for timer in list(twin.timers):  # killed: DDS still lists it
        timer.cancel()
    graph.spin_until(lambda: operator.ask('home').success, 'home')
