# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Check a computer before it runs a robot."""

from __future__ import annotations

from pathlib import Path

from genvla_bringup.doctor.machine import NEEDED_PACKAGES, Machine
from genvla_command.findings import Finding

_GB = 1e9
_LEAST_DISK_BYTES = 5 * _GB
"""Half an hour of a camera's raw images needs more than this in a bag."""
_LAST_DOMAIN_ID = 101
"""The ports of a higher domain overlap with the ports that Linux assigns to other programs.
Source: docs.ros.org, "The ROS_DOMAIN_ID"."""
_RMW = ('', 'rmw_fastrtps_cpp', 'rmw_cyclonedds_cpp')
"""RMW implementations that this stack was tested with; empty means the first."""


def check_machine(machine: Machine) -> list[Finding]:
    """Return the findings about a computer."""
    return [
        _load(machine),
        _spinning(machine),
        _threads(machine),
        _gpu(machine),
        _disk(machine),
        _clock(machine),
        _packages(machine),
        _rmw(machine),
        _profile(machine),
        _domain(machine),
    ]


def _load(machine: Machine) -> Finding:
    objection = ''
    if machine.load > machine.num_cores:
        objection = (
            'other programs use the cores, so inference takes several times as long: end them '
            '(see top)'
        )
    elif machine.num_cores < 2:
        objection = 'the bridge and the policy need a core each: use a computer with two or more'
    return Finding('processor', f'load {machine.load:.1f} on {machine.num_cores} cores', objection)


def _spinning(machine: Machine) -> Finding:
    spins = machine.environment.get('OMP_WAIT_POLICY', '').upper() == 'ACTIVE'
    count = machine.environment.get('GOMP_SPINCOUNT', '0')
    spins |= count != '0'
    objection = 'idle threads keep the cores busy: unset OMP_WAIT_POLICY and GOMP_SPINCOUNT'
    measured = 'spin' if spins else 'sleep'
    return Finding('idle threads', measured, objection if spins else '')


def _threads(machine: Machine) -> Finding:
    text = machine.environment.get('OMP_NUM_THREADS', '')
    if not text:
        return Finding('OMP_NUM_THREADS', 'not set: each node chooses')
    if not text.isdecimal() or int(text) < 1:
        return Finding('OMP_NUM_THREADS', repr(text), 'expected a whole number above 0: unset it')
    many = int(text) > machine.num_cores
    objection = (
        f'more threads than cores slow each other down: unset it, or use 1 to {machine.num_cores}'
    )
    return Finding('OMP_NUM_THREADS', text, objection if many else '')


def _gpu(machine: Machine) -> Finding:
    if not machine.has_gpu:
        return Finding('GPU', 'none: small policies run on the processor')
    if machine.torch_sees_gpu:
        return Finding('GPU', 'used by PyTorch')
    return Finding(
        'GPU',
        'present, but PyTorch does not see it',
        'install the CUDA build (python underlay/bootstrap.py --torch cuda), or repair the driver '
        '(nvidia-smi)',
    )


def _disk(machine: Machine) -> Finding:
    few = machine.free_disk_bytes < _LEAST_DISK_BYTES
    objection = f'bags will fill it: free {_LEAST_DISK_BYTES / _GB:.0f} GB, or record elsewhere'
    measured = f'{machine.free_disk_bytes / _GB:.0f} GB free here'
    return Finding('disk', measured, objection if few else '')


def _clock(machine: Machine) -> Finding:
    if machine.clock_is_kept is False and _is_alone(machine):
        return Finding('clock', 'not synchronised, which only matters between two computers')
    objection = 'chunks from another computer will be refused: install chrony on both'
    measured = {True: 'synchronised by NTP', False: 'not synchronised', None: 'unknown'}
    bad = machine.clock_is_kept is False
    return Finding('clock', measured[machine.clock_is_kept], objection if bad else '')


def _is_alone(machine: Machine) -> bool:
    """Return whether no other computer can be reached, according to the environment."""
    reach = machine.environment.get('ROS_AUTOMATIC_DISCOVERY_RANGE', 'SUBNET').upper()
    return reach in ('LOCALHOST', 'OFF') and not machine.environment.get('ROS_STATIC_PEERS')


def _packages(machine: Machine) -> Finding:
    missing = [name for name in NEEDED_PACKAGES if name not in machine.packages]
    if not missing:
        return Finding('packages', 'all found')
    return Finding(
        'packages',
        f'not found: {", ".join(missing)}',
        'build the workspace (make setup, or colcon build) and source it',
    )


def _rmw(machine: Machine) -> Finding:
    name = machine.environment.get('RMW_IMPLEMENTATION', '')
    objection = (
        f'not tested with genvla: unset RMW_IMPLEMENTATION, or use one of {", ".join(_RMW[1:])}'
    )
    return Finding('RMW', name or 'the default', '' if name in _RMW else objection)


def _profile(machine: Machine) -> Finding:
    if machine.environment.get('RMW_IMPLEMENTATION', '') not in _RMW[:2]:
        return Finding('Fast DDS profile', 'not used by this RMW')
    name = machine.environment.get('FASTRTPS_DEFAULT_PROFILES_FILE', '')
    if not name:
        return Finding(
            'Fast DDS profile',
            'none',
            'most images are lost in transport: export FASTRTPS_DEFAULT_PROFILES_FILE='
            '$(ros2 pkg prefix --share genvla_bringup)/config/fastdds.xml',
        )
    objection = 'this file does not exist: correct FASTRTPS_DEFAULT_PROFILES_FILE'
    return Finding('Fast DDS profile', name, '' if Path(name).is_file() else objection)


def _domain(machine: Machine) -> Finding:
    text = machine.environment.get('ROS_DOMAIN_ID', '') or '0'
    is_valid = text.isdecimal() and int(text) <= _LAST_DOMAIN_ID
    objection = f'expected a whole number from 0 to {_LAST_DOMAIN_ID}: export ROS_DOMAIN_ID=...'
    return Finding('ROS_DOMAIN_ID', text, '' if is_valid else objection)
