# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Check a checkpoint before it moves an arm."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from genvla_command.end_effector_action import ACTION_NAMES, GRIPPER
from genvla_command.findings import Finding
from genvla_policy.checkpoint.folder import Checkpoint, CheckpointMismatch

_LONGEST_STEP_M, _LARGEST_TURN_RAD = 0.2, 1.6
"""This arm cannot move further in one step: a ViperX 300 S reaches 0.75 m."""
_SMALLEST_STEP_M = 1e-4
_GRIPPER_SLACK = 0.05
_BYTES_PER_STORED = 2.0
"""Weights may be stored in two bytes and computed in four."""


def check_checkpoint(folder: Path, free_memory_bytes: int) -> list[Finding]:
    """Return the findings about a checkpoint."""
    try:
        checkpoint = Checkpoint.open(folder)
    except (CheckpointMismatch, OSError) as error:
        return [Finding('checkpoint', str(folder), f'{error}; copy the whole folder again')]
    config = checkpoint.config
    cameras = 'camera' if config.num_cameras == 1 else 'cameras'
    measured = (
        f'{config.name}: {config.num_cameras} {cameras}, {config.horizon} actions at '
        f'{config.control_rate_hz:g} Hz'
    )
    objection = '' if config.trained else 'it was never trained, so it moves at random: train it'
    stored = sum(file.stat().st_size for file in folder.glob('*.safetensors'))
    few = _BYTES_PER_STORED * stored > free_memory_bytes
    memory = Finding(
        'memory',
        f'{free_memory_bytes / 1e9:.1f} GB free, the weights take {stored / 1e9:.2f} GB on disk',
        'it may not fit: end other programs, or use a smaller checkpoint' if few else '',
    )
    return [Finding('checkpoint', measured, objection), memory, _range(checkpoint)]


def _range(checkpoint: Checkpoint) -> Finding:
    """Judge the physical range of a step in the training data, from its statistics."""
    low, high = checkpoint.normalizer.q01, checkpoint.normalizer.q99
    ranges = dict(zip(ACTION_NAMES, zip(low.tolist(), high.tolist(), strict=True), strict=True))
    measured = ', '.join(f'{name} {a:g} to {b:g}' for name, (a, b) in ranges.items())
    step, turn = np.abs([low[:3], high[:3]]).max(), np.abs([low[3:6], high[3:6]]).max()
    gripper = low[GRIPPER], high[GRIPPER]
    objection = ''
    if step > _LONGEST_STEP_M:
        objection = (
            f'this arm cannot make a step of {step:.2f} m: check that the actions are in metres, '
            'convert the data, and train again'
        )
    elif step < _SMALLEST_STEP_M:
        objection = 'no step moves the tool: the arm in the data stands still, or is not in metres'
    elif turn > _LARGEST_TURN_RAD:
        objection = (
            f'a step of {turn:.2f} rad flips the wrist: check that rotations are in radians'
        )
    elif min(gripper) < -_GRIPPER_SLACK or max(gripper) > 1.0 + _GRIPPER_SLACK:
        objection = 'gripper values are not from 0 (closed) to 1 (open): convert the data'
    return Finding('range of a step in the data [m, rad]', measured, objection)
