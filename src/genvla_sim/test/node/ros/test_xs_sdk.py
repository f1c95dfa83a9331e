# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The ROS interface of the stand-in for xs_sdk: names, rates, commands, services, faults."""

from __future__ import annotations

import math

import numpy as np
import pytest
from rclpy.parameter import Parameter
from sensor_msgs.msg import JointState

from genvla_node.qos import SENSOR, XS_SDK
from genvla_node.stamps import seconds_from_stamp
from interbotix_xs_msgs.msg import JointGroupCommand, JointSingleCommand, JointTrajectoryCommand
from interbotix_xs_msgs.srv import (
    MotorGains,
    OperatingModes,
    Reboot,
    RegisterValues,
    RobotInfo,
    TorqueEnable,
)

GOAL = (0.3, 0.0, 0.4, 0.2, 1.0, -0.4)


def goals(loop):
    return loop.arm.driver.references(math.inf)


def test_joint_states_have_the_driver_s_nine_joints(graph, loop, xs_sdk, received):
    messages = received(JointState, 'joint_states', XS_SDK)
    graph.spin_until(lambda: loop.tick() or messages)
    message = messages[0]
    assert message.name == [
        'waist',
        'shoulder',
        'elbow',
        'forearm_roll',
        'wrist_angle',
        'wrist_rotate',
        'gripper',
        'left_finger',
        'right_finger',
    ]
    assert message.header.frame_id == ''
    assert message.position[7] == -message.position[8] == pytest.approx(0.057, abs=1e-4)
    assert (len(message.velocity), len(message.effort)) == (9, 9)
    assert list(message.velocity[7:]) == list(message.effort[7:]) == [0.0, 0.0]
    assert abs(message.effort[1]) > 100.0  # mA: the shoulder carries the arm


def test_joint_states_come_at_100_hz_stamped_by_the_clock(graph, loop, xs_sdk, received):
    messages = received(JointState, 'joint_states', XS_SDK)
    loop.start()
    graph.spin_until(lambda: len(messages) >= 60)
    stamps = [seconds_from_stamp(message.header.stamp) for message in messages]
    assert np.median(np.diff(stamps)) == pytest.approx(0.01, abs=0.002)
    now = seconds_from_stamp(xs_sdk.get_clock().now().to_msg())
    assert 0.0 <= now - stamps[-1] < 1.0


def test_a_group_command_moves_the_arm_within_the_profile_s_time(graph, loop, xs_sdk, publish):
    publish(JointGroupCommand(name='arm', cmd=GOAL), 'commands/joint_group')
    graph.spin_until(lambda: goals(loop)[0] > 0.29)
    for _ in range(250):  # 2 s of profile, 0.5 s of the servos' lag
        loop.tick()
    assert loop.arm.simulation.joint_positions() == pytest.approx(GOAL, abs=5e-3)


def test_a_command_of_the_wrong_length_is_dropped_with_an_error(
    graph, loop, xs_sdk, publish, errors
):
    before = goals(loop)
    publish(JointGroupCommand(name='arm', cmd=[0.0] * 5), 'commands/joint_group')
    graph.spin_until(lambda: errors)
    assert "5 commands do not match the 6 joints of group 'arm'" in errors[0]
    assert goals(loop) == before


def test_a_trajectory_is_refused_by_name(graph, xs_sdk, publish, errors):
    publish(JointTrajectoryCommand(cmd_type='group', name='arm'), 'commands/joint_trajectory')
    graph.spin_until(lambda: errors)
    assert 'JointTrajectoryCommand is not simulated' in errors[0]


def test_the_gripper_takes_its_full_opening_in_metres(graph, loop, xs_sdk, publish, call):
    call(
        OperatingModes,
        'set_operating_modes',
        cmd_type='single',
        name='gripper',
        mode='linear_position',
        profile_type='time',
        profile_velocity=500,
        profile_acceleration=100,
    )
    before = goals(loop)
    publish(JointSingleCommand(name='gripper', cmd=0.08), 'commands/joint_single')
    graph.spin_until(lambda: goals(loop) != before)
    for _ in range(100):
        loop.tick()
    assert loop.arm.simulation.finger_position() == pytest.approx(0.04, abs=5e-4)


def test_robot_info_describes_the_arm(xs_sdk, call):
    info = call(RobotInfo, 'get_robot_info', cmd_type='group', name='arm')
    assert (info.mode, info.profile_type, info.num_joints) == ('position', 'time', 6)
    assert list(info.joint_ids) == [1, 2, 4, 6, 7, 8]
    assert info.joint_lower_limits[1] == pytest.approx(-1.85005)


def test_a_bad_name_is_answered_with_empty_fields_and_an_error(graph, xs_sdk, call, errors):
    info = call(RobotInfo, 'get_robot_info', cmd_type='group', name='leg')
    assert (info.num_joints, list(info.joint_names)) == (0, [])
    graph.spin_until(lambda: errors)
    assert "'leg' does not exist; groups are: all, arm" in errors[0]


def test_written_registers_are_read_back(xs_sdk, call):
    arm = {'cmd_type': 'group', 'name': 'arm', 'reg': 'Profile_Velocity'}
    assert list(call(RegisterValues, 'set_motor_registers', value=200, **arm).values) == []
    assert list(call(RegisterValues, 'get_motor_registers', **arm).values) == [200] * 6


def test_gains_are_written_to_their_registers(xs_sdk, call):
    call(MotorGains, 'set_motor_pid_gains', cmd_type='single', name='elbow', kp_pos=900, k2=7)
    elbow = {'cmd_type': 'single', 'name': 'elbow'}
    for register, value in (('Position_P_Gain', 900), ('Feedforward_2nd_Gain', 7)):
        response = call(RegisterValues, 'get_motor_registers', reg=register, **elbow)
        assert list(response.values) == [value]


def test_torque_can_be_switched(loop, xs_sdk, call):
    call(TorqueEnable, 'torque_enable', cmd_type='group', name='arm', enable=False)
    assert not loop.arm.driver.servos['waist'].torque_on
    assert loop.arm.driver.servos['gripper'].torque_on


def test_an_overload_is_latched_until_the_motor_is_rebooted(loop, xs_sdk, call):
    xs_sdk.set_parameters([Parameter('fault_overload_joint', value='elbow')])
    arm = {'cmd_type': 'group', 'name': 'arm'}
    status = {'reg': 'Hardware_Error_Status', **arm}
    assert call(RegisterValues, 'get_motor_registers', **status).values[2] == 32
    call(Reboot, 'reboot_motors', enable=True, smart_reboot=True, **arm)
    assert list(call(RegisterValues, 'get_motor_registers', **status).values) == [0] * 6
    assert loop.arm.driver.servos['elbow'].torque_on


def test_an_overload_of_an_unknown_joint_is_refused(xs_sdk):
    (result,) = xs_sdk.set_parameters([Parameter('fault_overload_joint', value='knee')])
    assert not result.successful
    assert "unknown value 'knee'; expected one of: waist" in result.reason


def test_a_silent_servo_truncates_the_answer_and_fails_the_read_of_all(
    graph, loop, xs_sdk, call, received, errors
):
    status = {'cmd_type': 'group', 'name': 'all', 'reg': 'Hardware_Error_Status'}
    xs_sdk.set_parameters([Parameter('fault_silent_servo', value='elbow')])
    assert list(call(RegisterValues, 'get_motor_registers', **status).values) == [0, 0]
    graph.spin_until(lambda: errors)
    assert 'no status packet' in errors[0]
    messages = received(JointState, 'joint_states', SENSOR)
    graph.spin_until(lambda: loop.tick() or messages)
    assert list(messages[0].position[:7]) == [-math.pi] * 7
    xs_sdk.set_parameters([Parameter('fault_silent_servo', value='')])
    assert list(call(RegisterValues, 'get_motor_registers', **status).values) == [0] * 7


def test_a_failed_read_publishes_minus_pi_for_every_motor(graph, loop, xs_sdk, received):
    messages = received(JointState, 'joint_states', SENSOR)
    xs_sdk.set_parameters([Parameter('fault_joint_states', value='read_failure')])
    graph.spin_until(lambda: loop.tick() or messages)
    assert list(messages[0].position[:7]) == [-math.pi] * 7


def test_a_silent_driver_publishes_nothing(graph, loop, xs_sdk, received):
    messages = received(JointState, 'joint_states', XS_SDK)
    graph.spin_until(lambda: loop.tick() or messages)
    xs_sdk.set_parameters([Parameter('fault_joint_states', value='silent')])
    graph.spin_for(0.1)
    messages.clear()
    for _ in range(20):
        loop.tick()
    graph.spin_for(0.2)
    assert messages == []


def test_a_frozen_driver_repeats_the_last_positions(graph, loop, xs_sdk, received):
    messages = received(JointState, 'joint_states', XS_SDK)
    graph.spin_until(lambda: loop.tick() or messages)
    xs_sdk.set_parameters([Parameter('fault_joint_states', value='frozen')])
    before = messages[-1].position
    loop.arm.driver.command_group('arm', [0.3] * 6, loop.time_s)
    messages.clear()
    graph.spin_until(lambda: loop.tick() or len(messages) > 20)
    assert messages[-1].position == before
    assert messages[-1].header.stamp != messages[0].header.stamp


def test_a_flickering_driver_is_one_tick_off_in_every_other_message(graph, loop, xs_sdk, received):
    messages = received(JointState, 'joint_states', XS_SDK)
    graph.spin_until(lambda: loop.tick() or messages)
    xs_sdk.set_parameters([Parameter('fault_joint_states', value='flickering')])
    loop.arm.driver.command_group('arm', [0.3] * 6, loop.time_s)
    graph.spin_for(0.1)
    messages.clear()
    graph.spin_until(lambda: loop.tick() or len(messages) > 20)
    waists = sorted({message.position[0] for message in messages})
    assert np.diff(waists) == pytest.approx([2 * np.pi / 4096])
    assert len({tuple(message.position[1:]) for message in messages}) == 1


def test_a_displaced_joint_reads_with_an_offset(graph, loop, xs_sdk, received):
    messages = received(JointState, 'joint_states', XS_SDK)
    xs_sdk.set_parameters([Parameter('fault_joint_states', value='displaced')])
    graph.spin_until(lambda: loop.tick() or messages)
    assert messages[-1].position[0] == pytest.approx(loop.arm.readings().position[0] + 0.9)


def test_a_driver_may_list_its_joints_in_reverse_order(graph, loop, xs_sdk, received):
    messages = received(JointState, 'joint_states', XS_SDK)
    xs_sdk.set_parameters([Parameter('fault_joint_states', value='reversed')])
    graph.spin_until(lambda: loop.tick() or messages)
    found = dict(zip(messages[-1].name, messages[-1].position, strict=True))
    assert messages[-1].name[-1] == 'waist'
    assert found['shoulder'] == pytest.approx(loop.arm.readings().position[1], abs=0.01)
