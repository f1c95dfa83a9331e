# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge as a lifecycle node over DDS."""

from __future__ import annotations

from functools import partial
from math import nan, pi
import time

import numpy as np
import pytest
from rclpy.clock import ClockType
from rclpy.parameter import Parameter
from std_msgs.msg import Bool

from genvla_node.qos import HEARTBEAT, STATUS_LATCHED
from genvla_node.stamps import seconds_from_stamp
from genvla_viperx.arm import kinematics, vx300s
from genvla_viperx.ros.bridge_node import BridgeNode
from tf2_msgs.msg import TFMessage


def tool_x(q):
    return kinematics.forward(q)[0, 3]


START_X = tool_x(vx300s.BRIDGE_START_JOINTS)


def test_activation_commands_nothing(graph, driver, active_bridge):
    graph.spin_for(0.5)
    assert driver.joint_commands == []
    assert driver.gripper_commands == []


def test_a_gripper_in_linear_position_gets_its_width(graph, driver, policy, make_bridge, activate):
    activate(make_bridge(gripper_mode='linear_position'))
    policy.send(steps=1, gripper=0.5)
    graph.spin_until(lambda: driver.gripper_commands, 'a command')
    assert driver.gripper_commands == [pytest.approx(0.078)]


def test_a_chunk_moves_the_arm_step_by_step(graph, driver, policy, active_bridge):
    policy.send(dx=0.01, steps=3, gripper=0.5)
    graph.spin_until(lambda: len(driver.joint_commands) == 3, 'three commands')
    graph.spin_for(0.4)
    assert tool_x(driver.joint_commands[-1][1]) - START_X == pytest.approx(0.03, abs=1e-5)
    np.testing.assert_allclose(driver.gripper_commands, [0.4259] * 3, atol=1e-4)
    times_s = [time_s for time_s, _ in driver.joint_commands]
    assert np.diff(times_s).min() > 0.15


def test_each_step_of_a_chunk_is_reported_as_it_was_executed(
    graph, driver, policy, operator, active_bridge
):
    policy.send(dx=0.2, steps=3, gripper=0.5)  # clipped at max_translation
    graph.spin_until(lambda: len(operator.executed) == 4, 'four reports')
    activated, *steps = operator.executed
    assert (activated.slot, activated.instruction) == (0, '')
    assert [(step.slot, step.chunk_step) for step in steps] == [(1, 0), (2, 1), (3, 2)]
    for step in steps:
        assert step.executed.translation.x == pytest.approx(0.05, abs=1e-6)
        assert (step.executed.gripper, step.refused, step.speed_scale) == (0.5, False, 1.0)
        assert step.instruction == 'pick the carrot'
    begins_s = [seconds_from_stamp(step.header.stamp) for step in steps]
    assert np.diff(begins_s) == pytest.approx([0.2, 0.2], abs=0.03)


def test_a_step_that_is_not_executed_is_reported_without_motion(
    graph, driver, policy, operator, make_bridge, activate
):
    activate(make_bridge(speed_scale=0.0))
    policy.send(dx=0.01, steps=1)
    graph.spin_until(lambda: len(operator.executed) == 2, 'two reports')
    step = operator.executed[1]
    assert step.slot == 1
    assert (step.executed.translation.x, step.refused, step.speed_scale) == (0.0, True, 0.0)
    assert np.isnan(step.executed.gripper)
    assert driver.joint_commands == []


def test_stop_holds_the_arm_until_resume(graph, driver, policy, operator, active_bridge):
    policy.send(steps=20)
    graph.spin_until(lambda: len(driver.joint_commands) >= 2, 'motion')
    assert operator.ask('stop').success
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    graph.spin_for(0.1)
    stopped_at = len(driver.joint_commands)
    policy.send()
    graph.spin_for(0.5)
    assert len(driver.joint_commands) == stopped_at
    assert operator.ask('resume').success
    policy.send(steps=1)
    graph.spin_until(lambda: len(driver.joint_commands) == stopped_at + 1, 'motion again')


def test_a_new_instruction_ends_the_motion_for_the_old_one(
    graph, driver, policy, operator, active_bridge
):
    policy.announce('pick the carrot')
    policy.send(steps=40)
    graph.spin_until(lambda: len(driver.joint_commands) >= 2, 'motion')
    policy.announce('pick the corn')
    graph.spin_until(lambda: operator.state == 'holding', 'holding')
    sent = len(driver.joint_commands)
    graph.spin_for(0.5)
    assert len(driver.joint_commands) == sent


def test_a_policy_that_dies_in_motion_makes_the_arm_hold_within_half_a_second(
    graph, driver, policy, operator, make_bridge, activate
):
    activate(make_bridge(heartbeat_timeout_s=0.3))
    policy.send(steps=40)
    graph.spin_until(lambda: driver.joint_commands, 'motion')
    policy.alive = False
    graph.spin_until(lambda: operator.state == 'holding', 'holding')
    graph.spin_for(1.0)
    last_s = driver.joint_commands[-1][0]
    assert last_s - policy.last_beat_s < 0.5
    graph.spin_until(lambda: operator.interventions('heartbeat_lost') == 1, 'the count')


@pytest.mark.parametrize(
    ('wrong', 'rule'),
    [
        ({'dx': nan}, 'chunk_nonfinite'),
        ({'age_s': 10.0}, 'chunk_stale'),
        ({'age_s': -10.0}, 'chunk_future'),
        ({'steps': 0}, 'chunk_empty'),
        ({'frame_id': 'world'}, 'chunk_frame'),
    ],
)
def test_a_bad_chunk_moves_nothing_and_is_counted(
    graph, driver, policy, operator, active_bridge, wrong, rule
):
    policy.send(**wrong)
    graph.spin_until(lambda: operator.interventions(rule) == 1, rule)
    assert driver.joint_commands == []
    assert operator.state == 'holding'


def test_without_joint_states_nothing_is_sent(graph, driver, policy, operator, active_bridge):
    policy.send(steps=40)
    graph.spin_until(lambda: driver.joint_commands, 'motion')
    driver.silent = True
    graph.spin_until(lambda: operator.state == 'faulted', 'faulted')
    sent = len(driver.joint_commands)
    policy.send()
    graph.spin_for(0.5)
    assert len(driver.joint_commands) == sent
    driver.silent = False
    graph.spin_until(lambda: operator.state == 'holding', 'holding again')


@pytest.mark.parametrize('made_up', [-pi, nan])
def test_failed_reads_of_the_motors_are_rejected(graph, driver, operator, active_bridge, made_up):
    driver.made_up_position = made_up
    graph.spin_until(lambda: operator.state == 'faulted', 'faulted')
    graph.spin_until(lambda: operator.interventions('joint_state_failed_read'), 'the count')
    assert driver.joint_commands == []


def test_joint_states_without_velocity_and_effort_are_enough(
    graph, driver, policy, operator, active_bridge
):
    driver.velocity, driver.effort = [], []
    graph.spin_for(0.2)
    policy.send(steps=1)
    graph.spin_until(lambda: driver.joint_commands, 'motion')
    assert operator.state in ('executing', 'holding')


def test_joint_states_that_lack_a_joint_fault_the_bridge(graph, driver, operator, active_bridge):
    driver.names = driver.names[:2]
    graph.spin_until(lambda: operator.state == 'faulted', 'faulted')
    graph.spin_until(lambda: operator.interventions('joint_state_incomplete'), 'the count')


def test_a_blocked_joint_stops_the_arm(graph, driver, policy, operator, active_bridge):
    policy.send(steps=40)
    graph.spin_until(lambda: driver.joint_commands, 'motion')
    driver.effort = [0.0, 9000.0, *[0.0] * 7]
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    graph.spin_until(lambda: operator.interventions('effort') == 1, 'the count')


def test_an_arm_that_does_not_move_on_its_way_home_is_stopped(
    graph, driver, policy, operator, active_bridge
):
    driver.q[0] = 0.06
    graph.spin_for(0.05)
    for _ in range(9):
        driver.q[0] += 0.06
        graph.spin_for(0.05)
    driver.blocked = True
    assert operator.ask('home').success
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    graph.spin_until(lambda: operator.interventions('joint_states_frozen') == 1, 'the count')


def test_chunks_for_another_instruction_move_nothing(
    graph, driver, policy, operator, active_bridge
):
    policy.announce('pick the corn')
    graph.spin_for(0.2)
    policy.send()
    graph.spin_until(lambda: operator.interventions('chunk_instruction') == 1, 'the count')
    assert driver.joint_commands == []


def test_an_instruction_from_before_configuring_applies(
    graph, driver, policy, operator, make_bridge
):
    policy.announce('pick the corn')
    make_bridge()
    graph.spin_for(0.3)
    assert operator.transition('configure')
    assert operator.transition('activate')
    graph.spin_until(policy.is_connected, 'the policy')
    graph.spin_for(0.3)
    policy.send()
    graph.spin_until(lambda: operator.interventions('chunk_instruction') == 1, 'the count')


def test_home_moves_the_arm_and_stop_cancels_it(graph, driver, operator, active_bridge):
    driver.q = vx300s.SLEEP.tolist()
    driver.silent = True
    graph.spin_until(lambda: operator.state == 'faulted', 'faulted')
    driver.silent = False
    graph.spin_until(lambda: operator.state == 'holding', 'holding')
    assert operator.ask('home').success
    graph.spin_until(lambda: operator.state == 'moving', 'moving')
    graph.spin_until(lambda: len(driver.joint_commands) > 20, 'motion')
    assert operator.ask('stop').success
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    graph.spin_for(0.1)
    sent = len(driver.joint_commands)
    graph.spin_for(0.3)
    assert len(driver.joint_commands) == sent
    assert np.abs(np.array(driver.q) - vx300s.BRIDGE_START_JOINTS).max() > 0.5


def test_deactivation_in_motion_leaves_the_arm_holding(
    graph, driver, policy, operator, active_bridge
):
    policy.send(steps=40)
    graph.spin_until(lambda: driver.joint_commands, 'motion')
    assert operator.transition('deactivate')
    graph.spin_for(0.1)
    sent, q = len(driver.joint_commands), driver.q
    policy.send()
    graph.spin_for(0.5)
    assert len(driver.joint_commands) == sent
    assert driver.q == q
    assert operator.state == 'inactive'


def test_a_stop_of_a_configured_bridge_is_kept_until_it_is_resumed(
    operator, make_bridge, graph, driver
):
    make_bridge()
    assert operator.transition('configure')
    assert operator.ask('stop').success
    assert operator.transition('activate')
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    assert operator.ask('resume').success
    graph.spin_until(lambda: operator.state == 'holding', 'holding')


def test_an_unconfigured_bridge_refuses_requests_with_advice(operator, make_bridge):
    make_bridge()
    response = operator.ask('home')
    assert not response.success
    assert response.message == 'the bridge is not configured; configure and activate it first'


def test_ee_pose_is_the_measured_tool_in_the_base_frame(graph, operator, active_bridge):
    pose = operator.poses[-1]
    assert pose.header.frame_id == 'vx300s/base_link'
    assert pose.pose.position.x == pytest.approx(START_X)
    assert pose.pose.position.z == pytest.approx(0.15, abs=1e-3)


def test_the_transform_of_the_table_is_published(graph, make_bridge, activate):
    activate(make_bridge(table_height=-0.02))
    frames = []
    viewer = graph.node('viewer')
    viewer.create_subscription(TFMessage, '/tf_static', frames.append, STATUS_LATCHED)
    graph.spin_until(lambda: frames)
    [table] = frames[-1].transforms
    assert (table.header.frame_id, table.child_frame_id) == ('vx300s/base_link', 'vx300s/table')
    assert table.transform.translation.z == -0.02


def test_it_configures_and_activates_again_after_a_clean_up(
    graph, driver, policy, operator, active_bridge
):
    for transition in ('deactivate', 'cleanup', 'configure', 'activate'):
        assert operator.transition(transition)
    graph.spin_until(lambda: operator.state == 'holding' and policy.is_connected(), 'holding')
    graph.spin_for(0.3)
    policy.send(steps=1)
    graph.spin_until(lambda: driver.joint_commands, 'motion')


def test_the_speed_scale_changes_while_the_arm_moves(graph, driver, policy, active_bridge):
    policy.send(dx=0.01, steps=40)
    graph.spin_until(lambda: len(driver.joint_commands) >= 2, 'motion')
    [result] = active_bridge.set_parameters([Parameter('speed_scale', value=0.2)])
    assert result.successful
    begun = len(driver.joint_commands)
    graph.spin_until(lambda: len(driver.joint_commands) >= begun + 3, 'slow motion')
    x = [tool_x(q) for _, q in driver.joint_commands[begun:]]
    np.testing.assert_allclose(np.diff(x), 0.002, atol=1e-4)
    assert not active_bridge.set_parameters([Parameter('speed_scale', value=2.0)])[0].successful
    assert not active_bridge.set_parameters([Parameter('move_speed', value=0.1)])[0].successful


def test_the_arm_moves_only_while_the_dead_man_switch_is_held(
    graph, driver, policy, operator, make_bridge, activate
):
    bridge = activate(make_bridge(dead_man_timeout_s=0.3))
    switch = graph.node('switch')
    publisher = switch.create_publisher(Bool, 'viperx_bridge/dead_man', HEARTBEAT)
    timer = switch.create_timer(0.05, lambda: publisher.publish(Bool(data=True)))
    graph.spin_until(publisher.get_subscription_count, 'the bridge')
    graph.spin_for(0.2)
    policy.send(steps=40)
    graph.spin_until(lambda: len(driver.joint_commands) >= 2, 'motion')
    timer.cancel()  # The holder is gone, and sends no message about it.
    released_s = time.monotonic()
    graph.spin_until(lambda: operator.state == 'holding', 'holding')
    graph.spin_for(1.0)
    assert driver.joint_commands[-1][0] - released_s < 0.5
    graph.spin_until(lambda: operator.interventions('dead_man') == 1, 'the count')
    assert bridge is not None


def test_a_bridge_in_another_namespace_is_not_a_twin(
    graph, driver, policy, operator, active_bridge
):
    graph.node(partial(BridgeNode, namespace='left'))
    graph.spin_until(
        lambda: ('viperx_bridge', '/left') in operator.get_node_names_and_namespaces(), 'left'
    )
    before = operator.diagnostics
    graph.spin_until(lambda: operator.diagnostics is not before, 'diagnostics')
    assert 'nodes are called' not in operator.message
    graph.node(BridgeNode)
    graph.spin_until(lambda: '2 nodes are called viperx_bridge' in operator.message, 'the twin')


def test_no_timer_waits_for_a_clock_that_was_set_back(active_bridge):
    timers = list(active_bridge.timers)
    assert len(timers) >= 6  # tick, poll, wiring, diagnostics, pulse, heartbeat
    assert {timer.clock.clock_type for timer in timers} == {ClockType.STEADY_TIME}
