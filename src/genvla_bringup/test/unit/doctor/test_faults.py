# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Each planted fault is named with its cure, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
import json
import shutil

import numpy as np
import pytest

from genvla_bringup.checks.camera_verdicts import Shot
from genvla_bringup.doctor.checkpoint_checks import check_checkpoint
from genvla_bringup.doctor.machine import NEEDED_PACKAGES, Machine
from genvla_bringup.doctor.machine_checks import check_machine
from genvla_bringup.doctor.running import Running, Said
from genvla_bringup.doctor.running_checks import check_running
from genvla_policy.shipped import SHIPPED_CHECKPOINT


def wrong(findings):
    """Return the findings that need a look, by what was checked."""
    return {each.what: f'{each.measured}; {each.objection}' for each in findings if each.objection}


@pytest.fixture
def machine(tmp_path):
    """A computer on which nothing is wrong."""
    profile = tmp_path / 'fastdds.xml'
    profile.touch()
    return Machine(
        environment={'FASTRTPS_DEFAULT_PROFILES_FILE': str(profile), 'OMP_NUM_THREADS': '1'},
        num_cores=4,
        load=0.5,
        free_memory_bytes=8_000_000_000,
        free_disk_bytes=100_000_000_000,
        has_gpu=False,
        torch_sees_gpu=False,
        clock_is_kept=True,
        packages=frozenset(NEEDED_PACKAGES),
    )


def test_nothing_is_wrong_with_a_good_computer(machine):
    assert wrong(check_machine(machine)) == {}
    assert wrong(check_machine(replace(machine, has_gpu=True, torch_sees_gpu=True))) == {}


@pytest.mark.parametrize(
    ('fault', 'what', 'cure'),
    [
        ({'load': 6.0}, 'processor', 'end them'),
        ({'num_cores': 1}, 'processor', 'two or more'),
        ({'has_gpu': True}, 'GPU', 'CUDA build'),
        ({'free_disk_bytes': 10**9}, 'disk', 'record elsewhere'),
        ({'clock_is_kept': False}, 'clock', 'chrony'),
        ({'packages': frozenset({'sensor_msgs'})}, 'packages', 'source it'),
        ({'OMP_WAIT_POLICY': 'active'}, 'idle threads', 'unset OMP_WAIT_POLICY'),
        ({'GOMP_SPINCOUNT': '1000000'}, 'idle threads', 'GOMP_SPINCOUNT'),
        ({'OMP_NUM_THREADS': '64'}, 'OMP_NUM_THREADS', 'use 1 to 4'),
        ({'OMP_NUM_THREADS': 'four'}, 'OMP_NUM_THREADS', 'unset it'),
        ({'RMW_IMPLEMENTATION': 'rmw_zenoh_cpp'}, 'RMW', 'unset RMW_IMPLEMENTATION'),
        ({'FASTRTPS_DEFAULT_PROFILES_FILE': ''}, 'Fast DDS profile', 'export FASTRTPS'),
        ({'FASTRTPS_DEFAULT_PROFILES_FILE': '/gone'}, 'Fast DDS profile', 'does not exist'),
        ({'ROS_DOMAIN_ID': '170'}, 'ROS_DOMAIN_ID', '0 to 101'),
        ({'ROS_DOMAIN_ID': 'lab'}, 'ROS_DOMAIN_ID', 'whole number'),
    ],
)
def test_a_fault_of_the_computer_is_named_with_its_cure(machine, fault, what, cure):
    if all(key.isupper() for key in fault):
        fault = {'environment': {**machine.environment, **fault}}
    found = wrong(check_machine(replace(machine, **fault)))
    assert set(found) - {'OMP_NUM_THREADS'} | {what} == {what}
    assert cure in found[what]


def test_an_unsynchronised_clock_does_not_matter_on_a_single_computer(machine):
    alone = {**machine.environment, 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}
    found = check_machine(replace(machine, clock_is_kept=False, environment=alone))
    assert wrong(found) == {}


def test_this_computer_can_be_examined():
    machine = Machine.look()
    assert machine.num_cores > 0
    assert machine.free_memory_bytes > 0
    assert machine.packages == set(NEEDED_PACKAGES)


@pytest.fixture
def checkpoint(tmp_path):
    folder = tmp_path / 'checkpoint'
    shutil.copytree(SHIPPED_CHECKPOINT, folder)
    return folder


def change_statistics(folder, change):
    file = folder / 'dataset_statistics.json'
    statistics = json.loads(file.read_text())
    (own,) = statistics.values()
    for bound in ('q01', 'q99'):
        own['action'][bound] = change(np.array(own['action'][bound])).tolist()
    file.write_text(json.dumps(statistics))


def test_nothing_is_wrong_with_the_checkpoint_that_ships(checkpoint):
    assert wrong(check_checkpoint(checkpoint, 10**10)) == {}


@pytest.mark.parametrize(
    ('change', 'cure'),
    [
        (lambda q: q * np.array([1000.0] * 3 + [1.0] * 4), 'in metres'),
        (lambda q: q * np.array([0.0] * 3 + [1.0] * 4), 'no step moves'),
        (lambda q: q * np.array([1.0] * 3 + [57.3] * 3 + [1.0]), 'in radians'),
        (lambda q: q * np.array([1.0] * 6 + [100.0]), '0 (closed) to 1 (open)'),
    ],
)
def test_statistics_that_do_not_fit_this_arm_are_reported(checkpoint, change, cure):
    change_statistics(checkpoint, change)
    found = wrong(check_checkpoint(checkpoint, 10**10))
    assert set(found) == {'range of a step in the data [m, rad]'}
    assert cure in found['range of a step in the data [m, rad]']


def test_a_checkpoint_that_is_broken_untrained_or_too_large_is_named(checkpoint):
    assert 'memory' in wrong(check_checkpoint(checkpoint, 10**6))
    config = json.loads((checkpoint / 'config.json').read_text())
    (checkpoint / 'config.json').write_text(json.dumps(config | {'trained': False}))
    assert 'never trained' in wrong(check_checkpoint(checkpoint, 10**10))['checkpoint']
    (checkpoint / 'tokenizer.json').unlink()
    assert "lacks ['tokenizer.json']" in wrong(check_checkpoint(checkpoint, 10**10))['checkpoint']


TOPIC = 'camera/image_raw'
PICTURE = np.random.default_rng(0).integers(60, 200, (120, 160, 3), np.uint8)


@pytest.fixture
def running():
    """A robot that runs, and nothing is wrong with it."""
    names = ('viperx_bridge', 'policy', 'supervisor')
    times_s = np.arange(0.0, 3.0, 1 / 30).tolist()
    return Running(
        3.0,
        nodes=tuple(f'/{name}' for name in (*names, 'vx300s/xs_sdk')),
        said={name: Said(0, 'active') for name in names},
        joint_states_hz=100.0,
        commanders=frozenset({'/viperx_bridge'}),
        drivers=frozenset({'/vx300s/xs_sdk'}),
        shots={TOPIC: [Shot(time_s, time_s + 0.02, PICTURE) for time_s in times_s]},
    )


def look_at(running, **options):
    return wrong(check_running(running, namespace='/', camera_hz=30.0, **options))


def test_nothing_is_wrong_with_a_healthy_or_absent_robot(running):
    assert look_at(running, reference=PICTURE) == {}
    assert look_at(Running(3.0)) == {}


@pytest.mark.parametrize(
    ('fault', 'what', 'cure'),
    [
        ({'nodes': ('/viperx_bridge', '/viperx_bridge')}, 'names', 'all but one'),
        ({'said': {'viperx_bridge': Said(2, 'faulted: no joint states')}}, 'viperx_bridge', 'no'),
        ({'said': {'policy': Said(1, 'no pictures')}}, 'viperx_bridge', 'start it'),
        ({'drivers': frozenset()}, 'driver', 'use_driver:=true'),
        ({'drivers': frozenset({'/a', '/b'})}, 'driver', 'all but one'),
        ({'joint_states_hz': 30.0}, 'driver', 'latency_timer'),
        (
            {'commanders': frozenset({'/viperx_bridge', '/joy'})},
            'arm commands from',
            'end /joy',
        ),
        ({'shots': {TOPIC: []}}, TOPIC, 'start the camera'),
        ({'unreadable': {TOPIC: 'encoding 16UC1'}}, TOPIC, 'encoding'),
    ],
)
def test_a_fault_of_the_running_nodes_is_named_with_its_cure(running, fault, what, cure):
    found = look_at(replace(running, **fault))
    assert what in found
    assert cure in found[what]


def test_a_dark_slow_or_moved_camera_is_reported(running):
    shots = running.shots[TOPIC]
    dark = [replace(shot, rgb=shot.rgb // 10) for shot in shots]
    assert set(look_at(replace(running, shots={TOPIC: dark}))) == {f'{TOPIC}: exposure'}
    assert set(look_at(replace(running, shots={TOPIC: shots[::3]}))) == {f'{TOPIC}: rate'}
    moved = np.roll(PICTURE, 40, axis=1)
    assert set(look_at(running, reference=moved)) == {f'{TOPIC}: framing'}
