# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands to the driver move the physics, and the driver's readings come from the physics."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_sim.physics.simulated_arm import JOINT_STATE_NAMES, SimulatedArm
from genvla_sim.physics.simulation_loop import SimulationLoop
from genvla_sim.physics.tabletop_simulation import TabletopSimulation
from genvla_sim.scene.placement import Placement
from genvla_viperx.arm import inverse_kinematics, kinematics, vx300s
from genvla_viperx.arm.gripper import angle_from_finger


@pytest.fixture
def arm() -> SimulatedArm:
    return SimulatedArm(TabletopSimulation())


def run(arm: SimulatedArm, duration_s: float) -> None:
    for _ in range(round(duration_s * 100)):
        arm.step(0.01)


def test_a_goal_is_reached_within_the_profile_s_time_and_the_servo_s_lag(
    arm: SimulatedArm,
) -> None:
    goal = arm.simulation.joint_positions() + np.array([0.3, 0.1, -0.1, 0.2, 0.1, 0.3])
    arm.driver.command_group('arm', goal, arm.time_s)
    run(arm, 1.0)
    assert np.abs(arm.simulation.joint_positions() - goal).max() > 0.1
    run(arm, 1.5)
    assert arm.simulation.joint_positions() == pytest.approx(goal, abs=3e-3)


def test_the_gripper_closes_to_the_commanded_opening(arm: SimulatedArm) -> None:
    arm.driver.set_operating_modes('single', 'gripper', 'linear_position', 'time', 500, 100)
    arm.driver.command_single('gripper', 0.06, arm.time_s)
    run(arm, 1.0)
    readings = dict(zip(JOINT_STATE_NAMES, arm.readings().position, strict=True))
    assert readings['left_finger'] == pytest.approx(0.03, abs=5e-4)
    assert readings['right_finger'] == -readings['left_finger']


def squeeze_of_a_carrot(current_ma: float) -> float:
    """Return the force of the gripper after two seconds around a carrot [N]."""
    arm = SimulatedArm(TabletopSimulation(('carrot',)))
    above = kinematics.forward(vx300s.BRIDGE_START_JOINTS)
    above[2, 3] = 0.05
    q = inverse_kinematics.solve(above, vx300s.BRIDGE_START_JOINTS).q
    arm.simulation.reset({'carrot': Placement(0.30, 0.0, 0.0)}, joint_positions=q)
    arm.restart()
    arm.driver.set_operating_modes('single', 'gripper', 'current_based_position', 'time', 0, 0)
    arm.driver.write_register('single', 'gripper', 'Goal_Current', round(current_ma / 2.69))
    arm.driver.command_single('gripper', angle_from_finger(0.021), arm.time_s)
    run(arm, 2.0)
    assert arm.simulation.finger_position() > 0.025
    return -arm.simulation.finger_force()


def test_a_current_limits_the_force_of_the_gripper() -> None:
    # 22 units are 59 mA, 0.105 N m at a lever of 25.5 mm; the simulated motor has 25 N at most.
    assert squeeze_of_a_carrot(60.0) == pytest.approx(4.14, abs=0.1)
    assert squeeze_of_a_carrot(500.0) == pytest.approx(25.0)


def test_readings_have_nine_joints_and_come_in_register_units(arm: SimulatedArm) -> None:
    arm.driver.command_single('waist', 0.5, arm.time_s)
    run(arm, 0.5)
    readings = arm.readings()
    assert [len(part) for part in (readings.position, readings.velocity, readings.effort)] == [
        9,
        9,
        9,
    ]
    assert readings.position[0] / (2 * np.pi / 4096) == pytest.approx(
        round(readings.position[0] / (2 * np.pi / 4096))
    )
    assert readings.velocity[0] > 0.1


def test_a_shoulder_without_torque_sinks_and_reads_no_current(arm: SimulatedArm) -> None:
    before = arm.simulation.joint_positions()[1]
    arm.driver.set_torque('single', 'shoulder', False)
    run(arm, 0.5)
    assert abs(arm.simulation.joint_positions()[1] - before) > 0.02
    assert arm.readings().effort[1] == 0.0


def test_torque_on_again_holds_the_arm_where_it_sank(arm: SimulatedArm) -> None:
    arm.driver.set_torque('single', 'shoulder', False)
    run(arm, 0.2)
    arm.driver.set_torque('single', 'shoulder', True)
    run(arm, 0.5)
    sunk = arm.simulation.joint_positions()[1]
    run(arm, 0.5)
    assert arm.simulation.joint_positions()[1] == pytest.approx(sunk, abs=2e-3)


def test_after_a_reset_of_the_scene_the_arm_stays_where_it_was_put(arm: SimulatedArm) -> None:
    arm.driver.command_single('waist', 1.0, arm.time_s)
    run(arm, 0.5)
    arm.simulation.reset()
    arm.hold()
    run(arm, 1.0)
    assert arm.simulation.joint_positions()[0] == pytest.approx(0.0, abs=2e-3)


def test_the_loop_passes_the_time_of_every_step_to_its_listeners(arm: SimulatedArm) -> None:
    loop, heard = SimulationLoop(arm), []
    loop.add_listener(heard.append)
    for _ in range(3):
        loop.tick()
    assert heard == pytest.approx([0.01, 0.02, 0.03])


def test_the_loops_time_continues_when_the_scene_is_reset(arm: SimulatedArm) -> None:
    loop = SimulationLoop(arm)
    loop.tick()
    arm.simulation.reset()
    loop.tick()
    assert loop.time_s == pytest.approx(0.02)


def test_no_listener_is_called_once_the_loop_has_stopped(arm: SimulatedArm) -> None:
    loop, heard = SimulationLoop(arm, real_time_factor=0.0), []
    loop.add_listener(heard.append)
    loop.start()
    loop.stop()
    count = len(heard)
    assert loop.take_pace().ticks == count
    assert len(heard) == count
