# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Servo errors and changes are noticed, even with a slow driver."""

from __future__ import annotations

import pytest

from genvla_viperx.ros import hardware_poll


def test_answers_that_take_longer_than_a_period_count(graph, driver, operator, active_bridge):
    driver.register_delay_s = 0.06  # six requests per round, one after the other
    graph.spin_for(1.0)
    driver.registers['shoulder']['Torque_Enable'] = 0
    graph.spin_until(lambda: 'Torque_Enable is 0, was 1' in operator.message, 'the change')
    assert operator.message.startswith('stopped: ')
    assert 'shoulder' in operator.message


def test_a_driver_that_no_longer_answers_for_any_servo_stops_the_arm(
    graph, driver, operator, make_bridge, activate, monkeypatch
):
    monkeypatch.setattr(hardware_poll, '_LONGEST_SILENCE_S', 1.0)
    activate(make_bridge())
    driver.hide_registers()
    graph.spin_until(lambda: 'does not answer get_motor' in operator.message, 'the silence')
    assert operator.message.startswith('stopped: ')
    driver.offer_registers()
    graph.spin_until(lambda: operator.ask('clear_fault').success, 'clear_fault')
    assert operator.ask('resume').success
    graph.spin_until(lambda: operator.state == 'holding', 'holding')


@pytest.mark.parametrize(
    ('motor', 'register', 'value', 'required'),
    [('elbow', 'Profile_Velocity', 0, 250), ('elbow_shadow', 'Operating_Mode', 16, 3)],
)
def test_a_setting_that_was_changed_while_the_bridge_configured_stops_the_arm(
    graph, driver, operator, make_bridge, motor, register, value, required
):
    def change():
        # The servos have been checked, and the bridge does not poll them yet.
        if driver.silent and any('waiting for a usable' in line for line in operator.log):
            driver.registers[motor][register] = value
            driver.silent = False

    driver.silent = True
    driver.create_timer(0.05, change)
    make_bridge()
    assert operator.transition('configure')
    assert operator.transition('activate')
    graph.spin_until(lambda: operator.interventions('servo_changed') == 1, 'the count')
    assert operator.state == 'stopped'
    assert f'{motor}: {register} is {value}, was {required}' in operator.message
