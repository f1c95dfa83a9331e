# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""SimplerEnv's Google robot, for checkpoints that were trained on fractal (RT-1).

Its fingers take commands to open and to close, which last 15 steps; the benchmark makes them of an
opening if it is asked for gripper_mode sticky, and without it takes 1 for closed.

Source: SimplerEnv 34d9ccf, simpler_env/policies/octo/octo_model.py (policy_setup google_robot);
vla-eval 0.8.0, benchmarks/simpler/benchmark.py, step().
"""

from __future__ import annotations

from genvla_eval.harness.convention import Convention
from genvla_eval.harness.simpler_widowx import to_benchmark

CONVENTION = Convention(
    name='simpler_google',
    robot='Google robot of SimplerEnv',
    control_rate_hz=3.0,
    cameras=('primary',),
    to_benchmark=to_benchmark,
    rotation='euler_xyz',
    gripper='binary_close_positive',
    parameters=lambda _: {'gripper_mode': 'sticky'},
)
