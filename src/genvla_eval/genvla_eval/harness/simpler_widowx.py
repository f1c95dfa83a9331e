# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""SimplerEnv's WidowX, for checkpoints that were trained on BridgeData.

Source: SimplerEnv 34d9ccf, simpler_env/policies/octo/octo_model.py (policy_setup widowx_bridge):
rotations as axis times angle, gripper 1 open; vla-eval 0.8.0, benchmarks/simpler/benchmark.py,
step(): above 0.5 opens. The harness calls these grippers close-positive and these rotations
Euler angles; what its step() does with them is what is said here.
"""

from __future__ import annotations

import numpy as np

from genvla_eval.harness.convention import Array, Convention, rotation_vectors


def to_benchmark(actions_HA: Array) -> Array:
    """Return translation [m], rotation vector [rad] and opening, 0 closed and 1 open."""
    return np.hstack([actions_HA[:, :3], rotation_vectors(actions_HA[:, 3:6]), actions_HA[:, 6:]])


CONVENTION = Convention(
    name='simpler_widowx',
    robot='WidowX 250 S of SimplerEnv',
    control_rate_hz=5.0,
    cameras=('primary',),
    to_benchmark=to_benchmark,
    rotation='euler_xyz',
    gripper='binary_close_positive',
)
