# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""SimplerEnv's robots: the WidowX for BridgeData, the Google robot for fractal (RT-1).

Both expect rotations as rotation vectors and a gripper of 1 for open. The harness labels these
grippers close-positive and these rotations Euler angles, but its step() handles them as described
here: above 0.5 opens. The Google robot's fingers take commands to open and close, which last 15
steps. With gripper_mode sticky, the benchmark derives these commands from an opening. Without it,
1 means closed.

Source: SimplerEnv 34d9ccf, simpler_env/policies/octo/octo_model.py (policy_setup widowx_bridge and
google_robot); vla-eval 0.8.0, benchmarks/simpler/benchmark.py, step().
"""

from __future__ import annotations

import numpy as np

from genvla_eval.harness.convention import Array, Convention, rotation_vectors


def to_benchmark(actions_HA: Array) -> Array:
    """Return translation [m], rotation vector [rad] and opening, 0 closed and 1 open."""
    return np.hstack([actions_HA[:, :3], rotation_vectors(actions_HA[:, 3:6]), actions_HA[:, 6:]])


WIDOWX = Convention(
    name='simpler_widowx',
    robot='WidowX 250 S of SimplerEnv',
    control_rate_hz=5.0,
    cameras=('primary',),
    to_benchmark=to_benchmark,
    rotation='euler_xyz',
    gripper='binary_close_positive',
)
GOOGLE = Convention(
    name='simpler_google',
    robot='Google robot of SimplerEnv',
    control_rate_hz=3.0,
    cameras=('primary',),
    to_benchmark=to_benchmark,
    rotation='euler_xyz',
    gripper='binary_close_positive',
    parameters=lambda _: {'gripper_mode': 'sticky'},
)
