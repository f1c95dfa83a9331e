# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Requirements of the bridge on the driver when it configures."""

from __future__ import annotations

from math import pi
import threading

import pytest

from genvla_viperx.arm import vx300s


class LimitedCurrent(dict):
    """Registers of a servo that accepts no Goal_Current above its Current_Limit."""

    def __getitem__(self, register):
        return 100 if register == 'Goal_Current' else super().__getitem__(register)


def test_wrong_modes_are_set_and_nothing_else_loses_torque(driver, operator, make_bridge):
    make_bridge()
    assert operator.transition('configure')
    assert driver.modes['arm'] == ('position', 'time')
    assert driver.modes['gripper'] == ('current_based_position', 'time')
    assert driver.modes_set == ['gripper']
    assert {registers['Profile_Velocity'] for registers in driver.registers.values()} == {250}
    assert {registers['Profile_Acceleration'] for registers in driver.registers.values()} == {100}


def test_wrong_modes_are_refused_if_they_may_not_be_set(driver, operator, make_bridge):
    make_bridge(set_operating_modes=False)
    assert not operator.transition('configure')
    assert driver.modes_set == []


def test_correct_modes_need_not_be_set(driver, operator, make_bridge):
    driver.make_ready()
    make_bridge(set_operating_modes=False)
    assert operator.transition('configure')


@pytest.mark.parametrize(
    ('motor', 'register', 'value', 'sentence'),
    [
        ('wrist_angle', 'Operating_Mode', 16, '16 on wrist_angle, expected 3 (position)'),
        ('elbow_shadow', 'Operating_Mode', 1, '1 on elbow_shadow, expected 3 (position)'),
        ('gripper', 'Operating_Mode', 3, '3 on gripper, expected 5 (current_based_position)'),
        ('waist', 'Drive_Mode', 1, '1 on waist, expected a time-based profile (bit 0x04)'),
        ('shoulder_shadow', 'Profile_Velocity', 0, '0 on shoulder_shadow, expected 250 ms'),
        ('forearm_roll', 'Torque_Enable', 0, '0 on forearm_roll, expected 1'),
    ],
)
def test_the_registers_of_a_servo_count_not_the_modes_in_the_driver(
    driver, operator, make_bridge, motor, register, value, sentence
):
    driver.make_ready()
    driver.registers[motor][register] = value
    make_bridge(set_operating_modes=False)
    assert not operator.transition('configure')
    operator.read(f'{register} is {sentence}')
    assert driver.modes_set == []
    assert driver.registers[motor][register] == value


@pytest.mark.parametrize(
    ('motor', 'register', 'value'),
    [
        ('elbow_shadow', 'Operating_Mode', 16),
        ('shoulder_shadow', 'Profile_Velocity', 0),
        ('gripper', 'Torque_Enable', 0),
    ],
)
def test_a_wrong_register_is_set_if_allowed(driver, operator, make_bridge, motor, register, value):
    driver.make_ready()
    right, driver.registers[motor][register] = driver.registers[motor][register], value
    make_bridge()
    assert operator.transition('configure')
    assert driver.registers[motor][register] == right


def test_the_bridge_writes_the_missing_current_and_profile_of_the_gripper(
    driver, operator, make_bridge
):
    driver.make_ready()
    driver.registers['gripper'] |= {'Profile_Velocity': 0, 'Goal_Current': 1193}
    make_bridge(set_operating_modes=False, gripper_current_ma=300.0)
    assert operator.transition('configure')
    assert driver.registers['gripper']['Profile_Velocity'] == 250
    assert driver.registers['gripper']['Goal_Current'] == 112
    assert driver.registers['wrist_rotate']['Goal_Current'] == 1193


def test_configuring_fails_if_the_servo_rejects_the_current(driver, operator, make_bridge):
    driver.make_ready()
    driver.registers['gripper'] = LimitedCurrent(driver.registers['gripper'])
    make_bridge(set_operating_modes=False)
    assert not operator.transition('configure')
    operator.read('Goal_Current is 100 on gripper, expected 186 units of 2.69 mA; the servo did')


def test_a_gripper_in_linear_position_needs_no_current(driver, operator, make_bridge):
    driver.make_ready()
    driver.modes['gripper'] = ('linear_position', 'time')
    driver.registers['gripper'] |= {'Operating_Mode': 3}
    make_bridge(set_operating_modes=False, gripper_mode='linear_position')
    assert operator.transition('configure')
    assert driver.registers['gripper']['Goal_Current'] == 1193


@pytest.mark.parametrize('motor', ['waist', 'gripper', 'elbow_shadow'])
def test_a_servo_that_does_not_answer_is_named(driver, operator, make_bridge, motor):
    driver.silent_servos = {motor}
    make_bridge()
    assert not operator.transition('configure')
    operator.read(f'could not read Hardware_Error_Status of {motor}')


def test_a_driver_that_only_has_the_profile_needs_one_setting(driver, operator, make_bridge):
    driver.known_registers = ('Profile_Velocity', 'Profile_Acceleration')
    for shadow in vx300s.SHADOW_MOTOR_NAMES:  # a request for one makes xs_sdk_sim crash
        del driver.registers[shadow]
    make_bridge(servos_answer=False)
    assert operator.transition('configure')
    assert operator.transition('activate')
    assert operator.ask('clear_fault').success


def test_the_servos_are_checked_even_without_polling(driver, operator, make_bridge):
    driver.registers['elbow']['Operating_Mode'] = 16
    make_bridge(hardware_error_period_s=0.0, set_operating_modes=False)
    assert not operator.transition('configure')
    operator.read('Operating_Mode is 16 on elbow')


def test_a_driver_of_another_robot_is_refused(driver, operator, make_bridge):
    driver.upper_limits = [3.14, 1.99, 1.6, 3.14, 2.15, 3.14]
    make_bridge()
    assert not operator.transition('configure')
    operator.read('upper joint limits are [3.14, 1.99, 1.6, 3.14, 2.15, 3.14] rad')


@pytest.mark.parametrize('limits', [[], [3.14] * 7])
def test_a_wrong_number_of_joint_limits_is_reported_with_the_expected_ones(
    driver, operator, make_bridge, limits
):
    driver.upper_limits = limits
    make_bridge()
    assert not operator.transition('configure')
    operator.read(f'upper joint limits are {limits} rad, expected [3.142, 1.257')


def test_the_fingers_of_another_gripper_are_refused(driver, operator, make_bridge):
    driver.finger_limits = (0.015, 0.037)
    make_bridge()
    assert not operator.transition('configure')
    operator.read('lower finger limits are [0.015] m, expected [0.021] (ViperX 300 S)')


def test_the_bridge_does_not_configure_without_a_driver(operator, make_bridge):
    make_bridge(driver_timeout_s=0.3)
    assert not operator.transition('configure')


def test_services_of_the_driver_may_appear_one_after_the_other(
    graph, driver, operator, make_bridge
):
    driver.hide_registers()
    threading.Timer(1.0, driver.offer_registers).start()
    make_bridge()
    assert operator.transition('configure')


def test_a_driver_that_was_restarted_has_to_be_configured_again(
    graph, driver, operator, make_bridge, activate
):
    activate(make_bridge(joint_states_timeout_s=0.3, driver_restart_s=1.0))
    driver.silent = True
    graph.spin_for(1.5)
    driver.silent = False
    graph.spin_until(lambda: operator.interventions('joint_states_stale'), 'the silence')
    graph.spin_for(0.5)
    assert operator.state == 'faulted'
    for transition in ('deactivate', 'cleanup', 'configure', 'activate'):
        assert operator.transition(transition)
    graph.spin_until(lambda: operator.state == 'holding', 'holding')


@pytest.mark.parametrize(
    ('silent', 'position', 'reason'),
    [(True, None, 'none arrived'), (False, -pi, 'cannot read the servo bus')],
)
def test_the_bridge_does_not_configure_without_usable_joint_states(
    driver, operator, make_bridge, silent, position, reason
):
    driver.silent, driver.made_up_position = silent, position
    make_bridge(driver_timeout_s=2.5)
    assert not operator.transition('configure')
    operator.read('waiting for a usable vx300s/joint_states (2 of 2.5 s)')
    operator.read('cannot configure: no usable vx300s/joint_states within 2.5 s')
    assert reason in operator.log[-1]


def test_the_bridge_waits_for_late_joint_states(driver, operator, make_bridge):
    driver.silent = True
    threading.Timer(1.0, setattr, (driver, 'silent', False)).start()
    make_bridge()
    assert operator.transition('configure')


@pytest.mark.parametrize(
    'wrong',
    [
        {'execution': 'eager'},
        {'workspace_lower': [0.9, 0.0, 0.0]},
        {'home_joints': [0.0, 0.0]},
        {'acceleration_time_s': 0.9},
    ],
)
def test_inconsistent_parameters_are_refused_on_configuring(operator, make_bridge, wrong):
    make_bridge(**wrong)
    assert not operator.transition('configure')
