# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The rows of Table V: arrangements, and success conditions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genvla_sim.physics.tabletop_simulation import TabletopSimulation
from genvla_sim.scene.objects import OBJECTS
from genvla_sim.scene.placement import Placement, gap
from genvla_sim.tasks.table_v import TASKS, Skill, lifted
from genvla_viperx.arm import inverse_kinematics, vx300s
from genvla_viperx.arm.kinematics import forward
from genvla_viperx.arm.rotations import matrix_from_rpy

PADS = frozenset({'left_pad', 'right_pad'})
SEEDS = range(50)


def _drawn(name, seed=0):
    rng = np.random.default_rng(seed)
    task = TASKS[name].draw(rng)
    return task, task.place(rng)


@pytest.fixture(scope='module')
def start_state():
    """The state at the start of one episode of a task."""

    def state(task, places):
        simulation = TabletopSimulation(task.objects)
        simulation.reset(places)
        return simulation.state()

    return state


def _with_target(state, task, **changes):
    objects = {**state.objects, task.target: replace(state.objects[task.target], **changes)}
    return replace(state, objects=objects)


def _pose_at(x_m, y_m, z_m):
    pose = np.eye(4)
    pose[:3, 3] = x_m, y_m, z_m
    return pose


def test_the_names_are_those_of_the_paper():
    assert list(TASKS) == [
        'PickCarrot',
        'PickEggplant',
        'PickKnife',
        'PlaceKnifeNearCorn',
        'PutKnifeOnCloth',
        'PutCarrotOnPlate',
        'PlaceCornNearKnife',
        'PickCarrot+knife',
        'PickKnife+carrot',
        'PutCarrotOnPlate+knife',
        'PutCarrotOn{Color}Plate+plate',
        'PutCarrotOnPlate+cloth',
    ]


def test_a_color_is_drawn_for_each_episode():
    tasks = [_drawn('PutCarrotOn{Color}Plate+plate', seed)[0] for seed in SEEDS]
    assert len({task.instruction for task in tasks}) == 5
    assert all(task.destination != task.distractors[0] for task in tasks)
    assert all(task.destination.removesuffix('_plate') in task.instruction for task in tasks)


@pytest.mark.parametrize('name', TASKS)
def test_objects_start_apart(name):
    for seed in SEEDS:
        task, places = _drawn(name, seed)
        assert set(places) == set(task.objects)
        for i, a in enumerate(task.objects):
            for b in task.objects[i + 1 :]:
                assert gap(OBJECTS[a], places[a], OBJECTS[b], places[b]) > 0.04


@pytest.mark.parametrize('name', TASKS)
def test_everything_is_in_reach_of_a_gripper_that_points_down(name):
    down = forward(vx300s.BRIDGE_START_JOINTS)[:3, :3]
    for seed in SEEDS:
        task, places = _drawn(name, seed)
        for other in task.objects:
            at = places[other]
            for height_m in (0.052, 0.15):
                pose = _pose_at(at.x_m, at.y_m, height_m)
                pose[:3, :3] = matrix_from_rpy((0.0, 0.0, at.yaw_rad)) @ down
                solution = inverse_kinematics.solve(pose, vx300s.BRIDGE_START_JOINTS)
                assert solution.q is not None, (seed, other, solution.violated)


@pytest.mark.parametrize('name', TASKS)
def test_a_task_is_not_done_at_the_start(name, start_state):
    for seed in range(5):
        task, places = _drawn(name, seed)
        assert not task.success(start_state(task, places))


def test_a_pick_is_done_when_both_pads_hold_the_object_above_the_table(start_state):
    task, places = _drawn('PickCarrot')
    state = start_state(task, places)
    lifted = _pose_at(0.3, 0.0, 0.08)
    assert task.success(_with_target(state, task, base_T_object=lifted, touches=PADS))
    assert not task.success(_with_target(state, task, base_T_object=lifted, touches=frozenset()))
    low = _pose_at(0.3, 0.0, 0.05)
    assert not task.success(_with_target(state, task, base_T_object=low, touches=PADS))


@pytest.mark.parametrize('name', [n for n, t in TASKS.items() if t.skill is Skill.PUT_ON])
def test_a_put_is_done_when_the_object_lies_on_its_destination(name):
    task, places = _drawn(name)
    simulation = TabletopSimulation(task.objects)
    simulation.reset(places)
    simulation.step(0.2)
    state = simulation.state()
    onto = state.objects[task.destination].position
    pose = _pose_at(onto[0], onto[1], 0.03)
    on = _with_target(state, task, base_T_object=pose, touches=frozenset({task.destination}))
    assert task.success(on)
    assert not task.success(_with_target(on, task, touches=PADS | {task.destination}))
    assert not task.success(_with_target(on, task, touches=frozenset({'table'})))
    assert not task.success(_with_target(on, task, speed_m_s=0.2))


@pytest.mark.parametrize('name', [n for n, t in TASKS.items() if t.skill is Skill.PLACE_NEAR])
def test_near_is_done_when_the_object_lies_on_the_table_next_to_the_other(name, start_state):
    task, places = _drawn(name)
    state = start_state(task, places)
    other = state.objects[task.destination].base_T_object
    radii = OBJECTS[task.target].radius_m + OBJECTS[task.destination].radius_m
    beside, too_far = other.copy(), other.copy()
    beside[:3, 3] += (radii + 0.04) * other[:3, 1]
    too_far[:3, 3] += (radii + 0.06) * other[:3, 1]
    table = frozenset({'table'})
    assert task.success(_with_target(state, task, base_T_object=beside, touches=table))
    assert not task.success(_with_target(state, task, base_T_object=too_far, touches=table))
    assert not task.success(_with_target(state, task, base_T_object=beside, touches=PADS | table))


def test_a_carrot_dropped_on_the_plate_comes_to_rest_on_it():
    task, _ = _drawn('PutCarrotOnPlate')
    simulation = TabletopSimulation(task.objects)
    places = {'carrot': Placement(0.42, 0.1, 0.3), 'blue_plate': Placement(0.42, 0.1, 0.0)}
    simulation.reset(places)
    simulation.step(1.0)
    assert task.success(simulation.state())


def test_an_object_is_lifted_once_the_pads_hold_it_in_the_air():
    simulation = TabletopSimulation(('carrot', 'knife'))
    state = simulation.state()
    assert lifted(state) == ''
    carrot = state.objects['carrot']
    pose = carrot.base_T_object.copy()
    pose[2, 3] += 0.06
    held = replace(carrot, base_T_object=pose, touches=PADS)
    state = replace(state, objects={**state.objects, 'carrot': held})
    assert lifted(state) == 'carrot'


def test_clutter_is_drawn_for_each_episode_and_is_never_the_target():
    task = TASKS['PickCarrot'].cluttered(2)
    drawn = [task.draw(np.random.default_rng(seed)).objects for seed in range(20)]
    assert all('carrot' in objects and len(objects) == 3 for objects in drawn)
    assert len(set(drawn)) > 3


def test_a_task_with_open_colours_is_cluttered_too():
    task = TASKS['PutCarrotOn{Color}Plate+plate'].cluttered(1).draw(np.random.default_rng(0))
    assert len(task.objects) == 4


def test_more_clutter_than_available_objects_is_refused():
    with pytest.raises(ValueError, match='leaves only 4 other graspable objects'):
        TASKS['PickCarrot'].cluttered(5)
