# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""LIBERO's Panda, for checkpoints that answer in metres and radians.

Its controller expects fractions of its largest step, and a gripper of -1 for open and 1 for
closed. The TRANSFORMS of genvla_training convert OpenVLA's RLDS version of the data to metres and
radians. genvla_policy.pretrained.convert does the same for the bounds of OpenVLA's released LIBERO
models.

Source: robosuite 1.4.1, controllers/config/osc_pose.json (output_max 0.05 m and 0.5 rad) and
controllers/osc.py (the rotation is axis times angle about the axes of the base); vla-eval 0.8.0,
benchmarks/libero/benchmark.py, step(): below 0 opens; openvla c8f03f4,
experiments/robot/libero/run_libero_eval.py: above 0.5 opens.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from genvla_eval.harness.convention import Array, Convention, rotation_vectors
from genvla_policy.pretrained.libero_units import (
    LARGEST_ROTATION_RAD,
    LARGEST_TRANSLATION_M,
    LIBERO_RATE_HZ,
)


def to_benchmark(actions_HA: Array) -> Array:
    """Return fractions of the largest step in [-1, 1], and -1 for open or 1 for closed."""
    moves = np.hstack(
        [
            actions_HA[:, :3] / LARGEST_TRANSLATION_M,
            rotation_vectors(actions_HA[:, 3:6]) / LARGEST_ROTATION_RAD,
        ]
    )
    closing = np.where(actions_HA[:, 6:] > 0.5, -1.0, 1.0)
    return np.hstack([np.clip(moves, -1.0, 1.0), closing])


def _parameters(num_cameras: int) -> Mapping[str, object]:
    return {'send_wrist_image': num_cameras > 1}


CONVENTION = Convention(
    name='libero',
    robot='Panda of LIBERO',
    control_rate_hz=LIBERO_RATE_HZ,
    cameras=('agentview', 'wrist'),
    to_benchmark=to_benchmark,
    rotation='axis_angle',
    gripper='binary_close_positive',
    parameters=_parameters,
    max_translation_m=LARGEST_TRANSLATION_M,
)
