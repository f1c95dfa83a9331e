# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The physics of the tabletop."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from genvla_sim.physics.tabletop_simulation import TabletopSimulation
from genvla_sim.scene.camera import TABLE_CAMERA
from genvla_sim.scene.placement import Placement
from genvla_viperx.arm import kinematics, vx300s

PLACES = {'carrot': Placement(0.30, 0.10, 0.4), 'blue_plate': Placement(0.40, -0.10, 0.0)}
SMALL = TABLE_CAMERA.resized(64, 48)


@pytest.fixture(scope='module')
def shared():
    simulation = TabletopSimulation(('carrot', 'blue_plate'))
    yield simulation
    simulation.close()


@pytest.fixture
def simulation(shared):
    shared.reset(PLACES)
    return shared


def test_it_starts_at_the_start_pose_with_the_gripper_open(simulation):
    np.testing.assert_allclose(simulation.joint_positions(), vx300s.BRIDGE_START_JOINTS)
    assert simulation.finger_position() == pytest.approx(vx300s.FINGER_OPEN)


def test_nothing_moves_without_commands(simulation):
    simulation.step(2.0)
    np.testing.assert_allclose(simulation.joint_positions(), vx300s.BRIDGE_START_JOINTS, atol=1e-6)
    np.testing.assert_allclose(simulation.object_pose('carrot')[:2, 3], [0.3, 0.1], atol=1e-4)
    assert simulation.state().objects['carrot'].touches == {'table'}


def test_the_arm_reaches_its_targets(simulation):
    targets = np.array([0.4, 0.1, 0.3, -0.5, 0.7, 1.0])
    simulation.set_joint_targets(targets)
    simulation.step(3.0)
    np.testing.assert_allclose(simulation.joint_positions(), targets, atol=1e-4)
    np.testing.assert_allclose(simulation.joint_velocities(), 0.0, atol=1e-3)


def test_the_fingers_reach_their_target_and_stay_there(simulation):
    simulation.set_finger_target(0.030)
    for _ in range(3):
        simulation.step(0.3)
        assert simulation.finger_position() == pytest.approx(0.030, abs=2e-4)


def test_targets_beyond_a_limit_are_clipped(simulation):
    simulation.set_joint_targets(np.full(6, 9.0))
    np.testing.assert_array_equal(simulation.joint_targets(), vx300s.JOINT_UPPER)


@pytest.mark.parametrize(
    'targets', [np.full(6, np.nan), np.zeros(7), [0.0, 0.0, 0.0, 0.0, 0.0, np.inf]]
)
def test_invalid_targets_are_refused_and_change_nothing(simulation, targets):
    with pytest.raises(ValueError, match='6 finite angles'):
        simulation.set_joint_targets(targets)
    np.testing.assert_array_equal(simulation.joint_targets(), vx300s.BRIDGE_START_JOINTS)


def test_the_shoulder_needs_torque_to_hold_the_arm_up(simulation):
    simulation.step(0.5)
    assert 1.0 < abs(simulation.joint_torques()[1]) < 20.0


def test_without_torque_the_arm_sinks_and_with_it_holds_again(simulation):
    height = simulation.state().base_T_tool[2, 3]
    simulation.set_torque_enabled(vx300s.JOINT_NAMES, False)
    simulation.step(0.2)
    sunk = simulation.state().base_T_tool[2, 3]
    assert sunk < height - 0.005
    assert (simulation.joint_torques() == 0.0).all()
    simulation.set_joint_targets(simulation.joint_positions())
    simulation.set_torque_enabled(vx300s.JOINT_NAMES, True)
    simulation.step(1.0)
    assert abs(simulation.state().base_T_tool[2, 3] - sunk) < 0.06


def test_a_reset_switches_torque_on(simulation):
    simulation.set_torque_enabled(['elbow'], False)
    simulation.reset(PLACES)
    simulation.step(1.0)
    np.testing.assert_allclose(simulation.joint_positions(), vx300s.BRIDGE_START_JOINTS, atol=1e-6)


def test_steps_shorter_than_the_physics_add_up(simulation):
    for _ in range(1000):
        simulation.step(0.001)
    assert simulation.time_s == pytest.approx(1.0, abs=0.005)


def test_the_same_commands_give_a_bitwise_identical_motion():
    traces = []
    for _ in range(2):
        simulation = TabletopSimulation(('carrot',))
        simulation.reset({'carrot': Placement(0.30, 0.0, 0.0)})
        simulation.set_joint_targets(vx300s.BRIDGE_START_JOINTS + 0.2)
        simulation.step(1.0)
        traces.append([*simulation.joint_positions(), *simulation.object_pose('carrot')[:3, 3]])
    np.testing.assert_array_equal(traces[0], traces[1])


def test_the_state_reports_the_measured_pose(simulation):
    target = vx300s.BRIDGE_START_JOINTS + np.array([0.2, 0.0, 0.0, 0.0, 0.0, 0.0])
    simulation.set_joint_targets(target)
    simulation.step(0.05)
    state = simulation.state()
    np.testing.assert_allclose(
        state.base_T_tool, kinematics.forward(simulation.joint_positions()), atol=1e-9
    )


def test_unknown_and_duplicate_objects_are_refused():
    with pytest.raises(ValueError, match='banana'):
        TabletopSimulation(('banana',))
    with pytest.raises(ValueError, match='twice'):
        TabletopSimulation(('cube', 'cube'))


def test_an_object_that_is_not_in_the_scene_cannot_be_placed(simulation):
    with pytest.raises(ValueError, match='cube'):
        simulation.reset({'cube': Placement(0.3, 0.0, 0.0)})


def test_a_frame_is_rgb_bytes_of_the_requested_size(simulation):
    frame = simulation.render()
    assert (frame.shape, frame.dtype) == ((480, 640, 3), np.uint8)
    assert simulation.render(SMALL).shape == (48, 64, 3)


def test_an_object_appears_where_the_camera_projects_it(simulation):
    simulation.reset({'blue_plate': Placement(0.30, 0.12, 0.0)})
    rows, columns = np.nonzero(simulation.segment() == simulation.objects.index('blue_plate'))
    [[u, v]] = TABLE_CAMERA.project([simulation.object_pose('blue_plate')[:3, 3]])
    assert abs(columns.mean() - u) < 5.0
    assert abs(rows.mean() - v) < 5.0


def test_rendering_in_a_second_thread_is_refused_with_a_remedy(simulation):
    simulation.render(SMALL)
    errors = []

    def render():
        try:
            simulation.render(SMALL)
        except RuntimeError as error:
            errors.append(str(error))

    thread = threading.Thread(target=render)
    thread.start()
    thread.join()
    assert len(errors) == 1
    assert 'render in one thread only' in errors[0]
