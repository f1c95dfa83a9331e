# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the bridge asks of the driver when it configures."""

from __future__ import annotations

import threading

import pytest


def test_modes_that_are_wrong_are_set_and_nothing_else_loses_its_torque(
    driver, operator, make_bridge
):
    make_bridge()
    assert operator.transition('configure')
    assert driver.modes == {'arm': ('position', 'time'), 'gripper': ('linear_position', 'time')}
    assert driver.modes_set == ['gripper']
    assert driver.registers['arm', 'Profile_Velocity'] == 250
    assert driver.registers['arm', 'Profile_Acceleration'] == 100


def test_modes_that_are_wrong_are_refused_when_they_may_not_be_set(driver, operator, make_bridge):
    make_bridge(set_operating_modes=False)
    assert not operator.transition('configure')
    assert driver.modes_set == []


def test_modes_that_are_right_need_not_be_set(driver, operator, make_bridge):
    driver.modes['gripper'] = ('linear_position', 'time')
    for name in ('arm', 'gripper'):
        driver.registers[name, 'Profile_Velocity'] = 250
        driver.registers[name, 'Profile_Acceleration'] = 100
    make_bridge(set_operating_modes=False)
    assert operator.transition('configure')


def test_a_driver_of_another_robot_is_refused(driver, operator, make_bridge):
    driver.upper_limits = [3.14, 1.99, 1.6, 3.14, 2.15, 3.14]
    make_bridge()
    assert not operator.transition('configure')


def test_without_a_driver_it_does_not_configure(operator, make_bridge):
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
    graph, driver, operator, active_bridge
):
    driver.silent = True
    graph.spin_for(1.5)
    driver.silent = False
    graph.spin_until(lambda: operator.interventions('joint_states_stale'), 'the silence')
    graph.spin_for(0.5)
    assert operator.state == 'faulted'
    for transition in ('deactivate', 'cleanup', 'configure', 'activate'):
        assert operator.transition(transition)
    graph.spin_until(lambda: operator.state == 'holding', 'holding')


def test_it_configures_without_joint_states_and_is_faulted_until_they_come(
    graph, driver, operator, make_bridge
):
    driver.silent = True
    make_bridge(driver_timeout_s=2.0)
    assert operator.transition('configure')
    assert operator.transition('activate')
    graph.spin_until(lambda: operator.state == 'faulted', 'faulted')
    driver.silent = False
    graph.spin_until(lambda: operator.state == 'holding', 'holding')


@pytest.mark.parametrize(
    'wrong',
    [
        {'execution': 'eager'},
        {'workspace_lower': [0.9, 0.0, 0.0]},
        {'home_joints': [0.0, 0.0]},
        {'acceleration_time_s': 0.9},
    ],
)
def test_parameters_that_do_not_fit_are_refused_on_configuring(operator, make_bridge, wrong):
    make_bridge(**wrong)
    assert not operator.transition('configure')
