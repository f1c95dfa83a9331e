# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The driver answers as interbotix_xs_sdk does."""

from __future__ import annotations

import pytest

from genvla_sim.xs_driver import DriverError, XsDriver

AT_REST = (0.0, -1.85, 1.55, 0.0, 0.8, 0.0, 0.0)


@pytest.fixture
def driver() -> XsDriver:
    return XsDriver(AT_REST)


def test_it_starts_as_modes_yaml_says_and_holds(driver: XsDriver) -> None:
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


def test_unknown_names_are_errors_that_list_what_there_is(driver: XsDriver) -> None:
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
    with pytest.raises(DriverError, match="'Speed' is not imitated"):
        driver.read_register('group', 'arm', 'Speed')
