# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulated driver behaves like interbotix_xs_sdk."""

from __future__ import annotations

import pytest

from genvla_sim.arm.driver import DriverError, ServoSilent, XsDriver

AT_REST = (0.0, -1.85, 1.55, 0.0, 0.8, 0.0, 0.0)


@pytest.fixture
def driver() -> XsDriver:
    return XsDriver(AT_REST)


def test_it_starts_in_the_modes_of_modes_yaml_and_holds(driver: XsDriver) -> None:
    assert driver.references(5.0) == AT_REST
    assert (driver.info('group', 'arm').mode, driver.info('single', 'gripper').mode) == (
        'position',
        'pwm',
    )
    assert driver.read_register('group', 'arm', 'Profile_Velocity') == [2000] * 6
    assert driver.read_register('group', 'arm', 'Profile_Acceleration') == [300] * 6


def test_a_group_command_moves_every_joint_of_the_group(driver: XsDriver) -> None:
    goal = (0.5, 0.1, 0.2, -0.3, 0.4, 1.0)
    driver.command_group('arm', goal, 0.0)
    assert driver.references(2.0)[:6] == pytest.approx(goal, abs=8e-4)


@pytest.mark.parametrize('values', [[], [0.0] * 5, [0.0] * 7])
def test_a_group_command_of_the_wrong_length_is_dropped(
    driver: XsDriver, values: list[float]
) -> None:
    with pytest.raises(DriverError, match="do not match the 6 joints of group 'arm'"):
        driver.command_group('arm', values, 0.0)
    assert driver.references(2.0) == AT_REST


def test_one_joint_beyond_its_limit_stays_while_the_others_move(driver: XsDriver) -> None:
    driver.command_group('arm', (0.5, 2.0, 0.0, 0.0, 0.0, 0.0), 0.0)
    waist, shoulder, *_ = driver.references(2.0)
    assert (waist, shoulder) == (pytest.approx(0.5, abs=8e-4), -1.85)


def test_a_single_command_moves_one_joint(driver: XsDriver) -> None:
    driver.command_single('elbow', 1.0, 0.0)
    assert driver.references(2.0)[2] == pytest.approx(1.0, abs=8e-4)
    assert driver.references(2.0)[:2] == AT_REST[:2]


def test_errors_about_unknown_names_list_the_known_ones(driver: XsDriver) -> None:
    with pytest.raises(DriverError, match="no group 'arms'; available: all, arm"):
        driver.command_group('arms', [0.0] * 6, 0.0)
    with pytest.raises(DriverError, match="'left_finger' does not exist; singles are: waist"):
        driver.command_single('left_finger', 0.05, 0.0)
    with pytest.raises(DriverError, match="cmd_type is 'groups'; expected 'group' or 'single'"):
        driver.set_torque('groups', 'arm', False)


def test_robot_info_of_the_arm(driver: XsDriver) -> None:
    info = driver.info('group', 'arm')
    assert info.joint_ids == (1, 2, 4, 6, 7, 8)
    assert info.joint_names[0] == 'waist'
    assert info.joint_upper_limits[1] == 1.25664
    assert info.joint_sleep_positions == (0.0, -1.85, 1.55, 0.0, 0.8, 0.0)
    assert info.joint_state_indices == (0, 1, 2, 3, 4, 5)
    assert info.name == ('arm',)


def test_robot_info_of_the_gripper_is_that_of_its_left_finger(driver: XsDriver) -> None:
    info = driver.info('single', 'gripper')
    assert info.joint_names == ('left_finger',)
    assert (info.joint_lower_limits, info.joint_upper_limits) == ((0.021,), (0.057,))
    assert info.joint_sleep_positions == (pytest.approx(0.0285, abs=1e-5),)
    assert info.joint_state_indices == (7,)


def test_robot_info_of_all_names_the_groups(driver: XsDriver) -> None:
    assert driver.info('group', 'all').name == ('all', 'arm')
    assert len(driver.info('group', 'all').joint_names) == 7


def test_smart_reboot_touches_only_motors_with_an_error(driver: XsDriver) -> None:
    driver.servos['elbow'].overload()
    driver.set_torque('single', 'waist', False)
    driver.reboot('group', 'all', enable=True, smart_reboot=True)
    assert driver.read_register('group', 'arm', 'Torque_Enable') == [0, 1, 1, 1, 1, 1]
    assert driver.read_register('single', 'elbow', 'Hardware_Error_Status') == [0]


def test_a_reboot_without_enable_leaves_torque_off(driver: XsDriver) -> None:
    driver.reboot('single', 'waist', enable=False, smart_reboot=False)
    assert driver.read_register('single', 'waist', 'Torque_Enable') == [0]


def test_registers_are_written_to_a_whole_group(driver: XsDriver) -> None:
    driver.write_register('group', 'arm', 'Position_P_Gain', 640)
    assert driver.read_register('group', 'all', 'Position_P_Gain') == [640] * 6 + [800]


def test_an_unknown_register_is_an_error(driver: XsDriver) -> None:
    with pytest.raises(DriverError, match="'Speed' is not simulated"):
        driver.read_register('group', 'arm', 'Speed')


def test_a_shadow_servo_copies_writes_to_the_first_servo_outside_the_eeprom(
    driver: XsDriver,
) -> None:
    driver.write_register('single', 'elbow', 'Profile_Velocity', 250)
    assert driver.read_register('single', 'elbow_shadow', 'Profile_Velocity') == [250]
    driver.set_torque('single', 'elbow', False)
    assert driver.read_register('single', 'elbow_shadow', 'Torque_Enable') == [0]
    driver.write_register('single', 'elbow', 'Velocity_Limit', 100)
    assert driver.read_register('single', 'elbow_shadow', 'Velocity_Limit') == [131]


def test_a_mode_is_set_in_both_servos_of_a_joint(driver: XsDriver) -> None:
    driver.set_operating_modes('group', 'arm', 'current_based_position', 'velocity', 0, 0)
    for name in ('elbow', 'elbow_shadow'):
        assert driver.read_register('single', name, 'Operating_Mode') == [5]
        assert driver.read_register('single', name, 'Drive_Mode') == [0]


def test_a_rebooted_shadow_servo_loses_only_its_own_profile(driver: XsDriver) -> None:
    driver.reboot('single', 'shoulder_shadow', enable=False, smart_reboot=False)
    assert driver.read_register('single', 'shoulder_shadow', 'Profile_Velocity') == [0]
    assert driver.read_register('single', 'shoulder', 'Profile_Velocity') == [2000]
    assert not driver.has_torque('shoulder')
    driver.set_torque('group', 'all', True)
    assert driver.has_torque('shoulder')


def test_two_servos_of_a_joint_with_different_profiles_pull_against_each_other(
    driver: XsDriver,
) -> None:
    driver.reboot('single', 'elbow_shadow', enable=True, smart_reboot=False)
    driver.command_single('elbow', 0.55, 0.0)
    assert driver.servos['elbow_shadow'].reference(1.0) == pytest.approx(0.55, abs=8e-4)
    assert driver.servos['elbow'].reference(1.0) == pytest.approx(1.05, abs=8e-4)
    assert driver.references(1.0)[2] == pytest.approx(0.8, abs=8e-4)


def test_reading_a_group_stops_at_a_silent_servo(driver: XsDriver) -> None:
    driver.silent = {'elbow'}
    with pytest.raises(ServoSilent, match=r'no status packet! \(elbow\)') as caught:
        driver.read_register('group', 'all', 'Torque_Enable')
    assert caught.value.values == [1, 1]
    driver.silent = {'waist'}
    with pytest.raises(ServoSilent) as caught:
        driver.read_register('group', 'all', 'Torque_Enable')
    assert caught.value.values == []
