# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge on the simulated arm, whose servos lag, sag, and lose their torque."""

from __future__ import annotations

from functools import partial

import pytest

pytest.importorskip('genvla_sim', reason='needs the simulated arm')
pytest.importorskip('mujoco', reason='the simulated arm is a MuJoCo model')

from rclpy.parameter import Parameter

from genvla_sim.ros.xs_sdk import XsSdkNode
from genvla_sim.simulated_arm import SimulatedArm
from genvla_sim.simulation_loop import SimulationLoop
from genvla_sim.tabletop_simulation import TabletopSimulation


@pytest.fixture
def loop():
    loop = SimulationLoop(SimulatedArm(TabletopSimulation(('carrot',))))
    yield loop
    loop.stop()


@pytest.fixture
def simulated_arm(graph, loop, policy, operator, make_bridge):
    """The driver's node of an arm on which a bridge is active."""
    node = graph.node(partial(XsSdkNode, loop), namespace='vx300s')
    loop.start()
    make_bridge(move_speed=1.0)
    assert operator.transition('configure')
    assert operator.transition('activate')
    graph.spin_until(lambda: operator.state == 'holding' and policy.is_connected(), 'holding')
    graph.spin_for(0.3)
    return node


def test_a_servo_that_loses_its_torque_stops_the_arm(graph, operator, policy, simulated_arm):
    simulated_arm.set_parameters([Parameter('fault_overload_joint', value='shoulder')])
    graph.spin_for(0.3)
    assert operator.ask('sleep').success
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    graph.spin_until(lambda: operator.interventions('tracking'), 'the count')


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
