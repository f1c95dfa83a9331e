# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge on the simulated arm, whose servos lag, sag and lose torque."""

from __future__ import annotations

from functools import partial

from genvla_msgs.msg import ActionChunk
import pytest

pytest.importorskip('genvla_sim', reason='needs the simulated arm')
pytest.importorskip('mujoco', reason='the simulated arm is a MuJoCo model')

from rclpy.parameter import Parameter

from genvla_node.qos import COMMAND
from genvla_sim.physics.simulated_arm import SimulatedArm
from genvla_sim.physics.simulation_loop import SimulationLoop
from genvla_sim.physics.tabletop_simulation import TabletopSimulation
from genvla_sim.ros.xs_sdk import XsSdkNode
from genvla_viperx.ros import check_arm

pytestmark = pytest.mark.real_time


@pytest.fixture
def loop():
    loop = SimulationLoop(SimulatedArm(TabletopSimulation(('carrot',))))
    yield loop
    loop.stop()


@pytest.fixture
def simulated_arm(graph, loop, policy, operator, make_bridge, parameters):
    """The driver's node of an arm on which a bridge is active."""
    node = graph.node(partial(XsSdkNode, loop), namespace='vx300s')
    loop.start()
    make_bridge(move_speed=1.0, **parameters)
    assert operator.transition('configure')
    assert operator.transition('activate')
    graph.spin_until(lambda: operator.state == 'holding' and policy.is_connected(), 'holding')
    graph.spin_for(0.3)
    return node


@pytest.fixture(params=[{}])
def parameters(request):
    """Parameters of the bridge that differ from the defaults."""
    return request.param


@pytest.mark.parametrize('parameters', [{'hardware_error_period_s': 0.0}], indirect=True)
def test_a_servo_that_silently_loses_torque_stops_the_arm(graph, operator, policy, simulated_arm):
    simulated_arm.set_parameters([Parameter('fault_overload_joint', value='shoulder')])
    graph.spin_for(0.3)
    assert operator.ask('sleep').success
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    graph.spin_until(lambda: operator.interventions('tracking'), 'the count')


@pytest.mark.parametrize('joint', ['shoulder', 'shoulder_shadow', 'gripper'])
def test_an_overload_stops_the_arm_until_it_is_cleared(
    graph, loop, operator, policy, simulated_arm, joint
):
    assert operator.ask('home').success
    graph.spin_until(lambda: operator.state == 'holding', 'holding at home')
    simulated_arm.set_parameters([Parameter('fault_overload_joint', value=joint)])
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    graph.spin_until(lambda: operator.interventions('hardware_error'), 'the count')
    assert f'{joint}: overload' in operator.diagnostics['hardware_errors']
    for name in ('resume', 'home', 'sleep'):
        answer = operator.ask(name)
        assert not answer.success
        assert 'clear_fault' in answer.message
    assert operator.ask('clear_fault').success
    servos = loop.arm.driver.servos
    registers = servos[joint].registers
    assert registers['Hardware_Error_Status'] == 0
    assert registers['Torque_Enable'] == 1
    assert (registers['Profile_Velocity'], registers['Profile_Acceleration']) == (250, 100)
    assert {servo.registers['Profile_Velocity'] for servo in servos.values()} == {250}
    graph.spin_for(0.2)
    assert operator.state == 'stopped'
    assert operator.ask('resume').success
    assert operator.ask('home').success
    graph.spin_until(lambda: operator.state == 'holding', 'holding at home')


def test_torque_switched_off_by_another_node_stops_a_holding_arm_until_cleared(
    graph, loop, operator, policy, simulated_arm
):
    assert operator.ask('home').success
    graph.spin_until(lambda: operator.state == 'holding', 'holding at home')
    with loop.arm.lock:
        loop.arm.driver.set_torque('group', 'arm', False)
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    graph.spin_until(lambda: 'Torque_Enable is 0, was 1' in operator.message, 'the reason')
    policy.send()
    graph.spin_until(lambda: operator.interventions('chunk_not_ready'), 'the refusal')
    assert 'waist: Torque_Enable is 0, was 1' in operator.ask('resume').message
    assert operator.ask('clear_fault').success
    assert all(servo.torque_on for servo in loop.arm.driver.servos.values())
    assert operator.ask('resume').success
    assert operator.ask('home').success
    graph.spin_until(lambda: operator.state == 'holding', 'holding at home')


@pytest.mark.parametrize(('register', 'value'), [('Profile_Velocity', 0), ('Operating_Mode', 16)])
def test_a_setting_changed_by_another_node_stops_the_arm(
    graph, loop, operator, simulated_arm, register, value
):
    graph.spin_for(1.0)
    with loop.arm.lock:
        loop.arm.driver.servos['elbow_shadow'].registers[register] = value
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    graph.spin_until(lambda: operator.interventions('servo_changed'), 'the count')
    assert f'elbow_shadow: {register} is {value}, was' in operator.message


@pytest.mark.parametrize('joint', ['elbow', 'elbow_shadow'])
def test_a_servo_rebooted_by_another_node_stays_a_fault(
    graph, loop, operator, simulated_arm, joint
):
    simulated_arm.set_parameters([Parameter('fault_overload_joint', value=joint)])
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    loop.arm.driver.reboot('single', joint, enable=True, smart_reboot=False)
    graph.spin_for(1.0)
    assert 'clear_fault' in operator.ask('resume').message
    assert operator.ask('clear_fault').success
    assert loop.arm.driver.servos[joint].registers['Profile_Velocity'] == 250
    assert operator.ask('resume').success


def test_a_second_servo_that_stops_answering_stops_the_arm_after_some_rounds(
    graph, operator, simulated_arm
):
    simulated_arm.set_parameters([Parameter('fault_silent_servo', value='elbow_shadow')])
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    graph.spin_until(lambda: operator.interventions('hardware_error'), 'the count')
    assert 'elbow_shadow' in operator.diagnostics['hardware_errors']
    assert 'elbow_shadow' in operator.ask('clear_fault').message
    simulated_arm.set_parameters([Parameter('fault_silent_servo', value='')])
    graph.spin_for(0.5)
    assert not operator.ask('resume').success
    assert operator.ask('clear_fault').success
    assert operator.ask('resume').success


def test_a_driver_that_no_longer_reports_on_its_servos_stops_the_arm(
    graph, operator, simulated_arm
):
    for service in list(simulated_arm.services):
        if service.srv_name.endswith('get_motor_registers'):
            simulated_arm.destroy_service(service)
    graph.spin_until(lambda: 'get_motor_registers' in operator.message, 'the reason')
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')


def test_a_fault_that_cannot_be_cleared_is_named_and_the_arm_stays_stopped(
    graph, loop, operator, policy, simulated_arm, monkeypatch
):
    simulated_arm.set_parameters([Parameter('fault_overload_joint', value='elbow')])
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    monkeypatch.setattr(loop.arm.driver, 'reboot', lambda *_: None)
    answer = operator.ask('clear_fault')
    assert not answer.success
    assert 'elbow still reports overload' in answer.message
    assert not operator.ask('resume').success


def test_clearing_without_a_fault_keeps_the_torque_of_every_servo(
    graph, loop, operator, simulated_arm, monkeypatch
):
    monkeypatch.setattr(loop.arm.driver, 'reboot', lambda *_: pytest.fail('rebooted'))
    monkeypatch.setattr(loop.arm.driver, 'set_torque', lambda *_: pytest.fail('torque'))
    assert operator.ask('clear_fault').success
    assert operator.ask('resume').success


def test_clear_fault_switches_on_torque_that_was_off(graph, loop, operator, simulated_arm):
    loop.arm.driver.set_torque('single', 'wrist_angle', enable=False)
    assert operator.ask('clear_fault').success
    assert loop.arm.driver.servos['wrist_angle'].torque_on


@pytest.mark.parametrize('parameters', [{'driver_restart_s': 1.0}], indirect=True)
def test_a_driver_that_was_away_is_trusted_again_after_clear_fault(
    graph, loop, operator, policy, simulated_arm
):
    simulated_arm.set_parameters([Parameter('fault_joint_states', value='silent')])
    graph.spin_until(lambda: operator.state == 'faulted', 'faulted')
    graph.spin_for(1.2)
    loop.arm.driver.set_operating_modes('group', 'arm', 'position', 'time', 2000, 300)
    simulated_arm.set_parameters([Parameter('fault_joint_states', value='')])
    graph.spin_for(0.3)
    assert operator.state == 'faulted'
    assert operator.ask('clear_fault').success
    assert loop.arm.driver.servos['waist'].registers['Profile_Velocity'] == 250
    assert operator.ask('resume').success
    graph.spin_until(lambda: operator.state == 'holding', 'holding')


def test_an_arm_that_lags_behind_arrives_and_executes_steps(
    graph, operator, policy, simulated_arm
):
    assert operator.ask('home').success
    graph.spin_until(lambda: operator.state == 'holding', 'holding at home')
    policy.send(dx=0.03, steps=4)
    graph.spin_until(lambda: operator.state == 'executing', 'executing')
    graph.spin_until(lambda: operator.state == 'holding', 'holding')
    graph.spin_for(1.1)
    assert operator.interventions('tracking') == 0
    assert operator.interventions('joint_speed') == 0


@pytest.fixture
def check(graph, domain_id, operator, make_bridge, loop, tmp_path, monkeypatch):
    """Runs check_arm on an arm that lies asleep; returns its status and its report."""
    graph.node(partial(XsSdkNode, loop), namespace='vx300s')
    loop.start()
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))

    def run(*, stopped=False, **parameters):
        make_bridge(move_speed=1.0, **parameters)
        assert operator.transition('configure')
        assert operator.transition('activate')
        if stopped:
            assert operator.ask('stop').success
        report = tmp_path / 'report.md'
        with graph.spinning():
            status = check_arm.main(['check_arm', '--yes', '--out', str(report)])
        return status, report.read_text()

    return run


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    'parameters',
    [
        {},
        # The bridge refuses any other period or frame.
        {'step_period_s': 0.333, 'base_frame': 'table/arm'},
        pytest.param({'speed_scale': 0.5}, marks=pytest.mark.slow),
    ],
)
def test_check_arm_finds_nothing_wrong_with_the_simulated_arm(check, parameters):
    status, report = check(**parameters)
    assert report.count('| ok |') == 18
    assert status == 0


@pytest.mark.timeout(180)
def test_check_arm_names_the_rule_by_which_the_bridge_refuses_its_steps(check):
    status, report = check(execution='blocking', settle_s=10.0)
    assert '| the check | ended early | the bridge refused the step (chunk_while_moving)' in report
    assert 'check its torque' not in report
    assert status == 1


def test_check_arm_of_a_stopped_arm_reports_why_it_ended_early(check):
    status, report = check(stopped=True)
    assert '| the check | ended early | the bridge is stopped' in report
    assert status == 1


def test_check_arm_moves_nothing_beside_another_source_of_chunks(graph, check):
    graph.node('teleoperation').create_publisher(ActionChunk, 'action_chunk', COMMAND)
    status, report = check()
    assert 'action_chunk has other publishers (1): end the policy or the teleoperation' in report
    assert 'pose at the start' not in report
    assert status == 1


def test_check_arm_reports_a_speed_scale_that_is_too_low(check):
    status, report = check(speed_scale=0.0)
    assert 'speed_scale is 0, too low to see the moves' in report
    assert status == 1
