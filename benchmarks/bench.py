# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure the speed of the loop's parts on this machine: a table, and benchmarks/latest.json."""

from __future__ import annotations

import array
from collections.abc import Callable, Sequence
import contextlib
from dataclasses import asdict, dataclass
from functools import partial
import json
import os
from pathlib import Path
import platform
import tempfile
import time

import numpy as np
from sensor_msgs.msg import Image

from benchmarks.command_latency import INSTRUCTION, STEP_PERIOD_S, command_latencies_s
from benchmarks.committed_figures import committing
from benchmarks.console_stop import console_stop
from benchmarks.decoding_figures import decoding
from benchmarks.number_types import number_types
from benchmarks.replay_figures import replaying
from benchmarks.row_groups import row_groups
from benchmarks.training_figures import training
from genvla_command.command_line import NoOptions, parse
from genvla_policy.observation import Observation
from genvla_policy.ros.image_conversion import image_from_msg
from genvla_sim.tasks.tabletop_env import TabletopEnv
from genvla_viperx.arm import vx300s
from genvla_viperx.arm.end_effector_delta import apply_delta
from genvla_viperx.arm.inverse_kinematics import solve
from genvla_viperx.arm.states import ArmCommand
from genvla_viperx.safety import command_gate
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Interventions
from genvla_viperx.safety.step_planner import StepBounds, Target, plan_step
from genvla_viperx.safety.workspace import Workspace

LATEST = Path(__file__).parent / 'latest.json'

BARS = {
    'image_to_observation_ms': 3.0,
    'chunk_to_command_ms': 5.0,
    'console_stop_ms': 200.0,
    'ik_us': 200.0,
    'safety_us': 100.0,
    'decode_passes': 16.5,
    'replay_memory_growth_mb': 20.0,
}
"""Upper bounds of figures; the others have none."""
LEAST = {
    'load_robot_over_appetite': 2.0,
    'load_vl_over_appetite': 2.0,
    'load_parquet_over_appetite': 2.0,
    'decode_tiny_over_generate': 3.0,
    'decode_mid_over_generate': 1.5,
    'decode_mid_bf16_over_float32': 2.5,
    'train_mid_bf16_over_float32': 2.0,
    'infer_tiny_per_s': 5.0,
    'replay_over_real_time': 2.0,
}
"""Lower bounds of figures."""


@dataclass(frozen=True)
class Row:
    """One figure: the median of `median_of` measurements."""

    name: str
    value: float
    unit: str
    median_of: int
    machine: str


def main() -> None:
    """Measure, print the table, and write latest.json."""
    parse(NoOptions, module='benchmarks.bench', description=__doc__)
    measures = (
        *(image_to_observation, chunk_to_command, console_stop, arm, simulation),
        *(decoding, committing, number_types, row_groups, tiny_training, replay),
    )
    rows = [
        _row(name, values, unit, machine())
        for measure in measures
        for name, values, unit in measure()
    ]
    print(table(rows))
    LATEST.write_text(json.dumps([asdict(row) for row in rows], indent=2) + '\n')


Measured = tuple[str, Sequence[float], str]
"""Name of a figure, its measurements, and their unit."""


def image_to_observation() -> list[Measured]:
    """Measure the conversion of a 640x480 message to an Observation.

    yuv422_yuy2, a webcam's raw format, is the slowest of the raw encodings; rgb8 is a view.
    """
    message = Image(height=480, width=640, encoding='yuv422_yuy2', step=1280)
    message.data = array.array('B', bytes(480 * 1280))
    durations = durations_s(
        lambda: Observation((image_from_msg(message),), INSTRUCTION, 0.0), count=500
    )
    return [('image_to_observation_ms', scaled(durations, 1e3), 'ms')]


def chunk_to_command() -> list[Measured]:
    """Measure from publishing a chunk to receiving the command; see command_latency.py."""
    return [('chunk_to_command_ms', scaled(command_latencies_s(count=60), 1e3), 'ms')]


def arm() -> list[Measured]:
    """Measure the bridge's computations for one step.

    safety_us covers everything from an action to a command that may be sent: every rule, and the
    forward and inverse kinematics.
    """
    rng = np.random.default_rng(0)
    low, high = np.array([-0.02] * 3 + [-0.1] * 3 + [0]), np.array([0.02] * 3 + [0.1] * 3 + [1])
    config, interventions = SafetyConfig(), Interventions()
    start = Target.at(vx300s.BRIDGE_START_JOINTS)
    bounds = StepBounds(config, Workspace.of(config), start.q, STEP_PERIOD_S)
    actions = [rng.uniform(low, high) for _ in range(2000)]
    poses = iter([apply_delta(start.pose, action) for action in actions * 2])
    steps = iter(actions * 2)

    def one_step() -> None:
        outcome = plan_step(start, next(steps), bounds, interventions)
        if isinstance(outcome, Target):
            command_gate.objection(ArmCommand(outcome.q, 0.1), start.q, config)

    return [
        ('ik_us', scaled(durations_s(lambda: solve(next(poses), start.q), 2000), 1e6), 'us'),
        ('safety_us', scaled(durations_s(one_step, 2000), 1e6), 'us'),
    ]


def simulation() -> list[Measured]:
    """Measure control steps of 0.2 s per second, without and with a 640x480 picture each."""
    measured: list[Measured] = []
    for name, render in (('sim_steps_per_s', False), ('sim_steps_with_image_per_s', True)):
        with contextlib.closing(TabletopEnv('PutCarrotOnPlate', render_images=render)) as env:
            env.reset(seed=0)
            durations = durations_s(partial(env.step, np.zeros(7)), count=60)
        measured.append((name, [1.0 / duration for duration in durations], '1/s'))
    return measured


def tiny_training() -> list[Measured]:
    """Measure the training of the tiny pi0_plus, and its data; see training_figures.py."""
    with tempfile.TemporaryDirectory() as folder:
        return training(Path(folder))


def replay() -> list[Measured]:
    """Measure the replay of a bag to the shipped policy; see replay_figures.py."""
    with tempfile.TemporaryDirectory() as folder:
        return replaying(Path(folder))


def durations_s(call: Callable[[], object], count: int) -> list[float]:
    """Return the duration of each of `count` calls, after a tenth as many warm-up calls."""
    for _ in range(count // 10 + 1):
        call()
    durations = []
    for _ in range(count):
        start_s = time.perf_counter()
        call()
        durations.append(time.perf_counter() - start_s)
    return durations


def scaled(seconds: Sequence[float], factor: float) -> list[float]:
    """Return durations in another unit."""
    return [factor * value for value in seconds]


def machine() -> str:
    """Return processor, cores and operating system."""
    with contextlib.suppress(OSError):
        for line in Path('/proc/cpuinfo').read_text().splitlines():
            if line.startswith('model name'):
                name = line.partition(':')[2].strip()
                return f'{name}, {os.cpu_count()} cores, {platform.system()}'
    return f'{platform.machine()}, {os.cpu_count()} cores, {platform.system()}'


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text, each with its bound and a verdict."""
    lines = [f'{"":28}{"median":>10} {"unit":5}{"of":>6}{"bar":>8}']
    for row in rows:
        verdict = ''
        if (most := BARS.get(row.name)) is not None:
            verdict = f'{most:8g}  {"ok" if row.value < most else "OVER"}'
        if (least := LEAST.get(row.name)) is not None:
            verdict = f'{least:8g}  {"ok" if row.value > least else "UNDER"}'
        lines.append(f'{row.name:28}{row.value:10.3f} {row.unit:5}{row.median_of:6}{verdict}')
    return '\n'.join([*lines, rows[0].machine])


def _row(name: str, values: Sequence[float], unit: str, where: str) -> Row:
    return Row(name, float(f'{np.median(values):.4g}'), unit, len(values), where)


if __name__ == '__main__':
    main()
