# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How fast the loop's parts are on this machine: a table, and benchmarks/latest.json."""

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

from genvla_msgs.msg import ActionChunk, EndEffectorDelta
import numpy as np
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import Image
from std_msgs.msg import Header
import torch

from genvla_bringup.demo import config_folder
from genvla_bringup.domain import free_domain_id
from genvla_bringup.lifecycle import NotReached, Patience, ServiceCaller
from genvla_bringup.processes import NodeProcesses
from genvla_bringup.session import Plan, node_commands
from genvla_node.qos import COMMAND, HEARTBEAT
from genvla_node.stamps import duration_from_seconds
from genvla_policy.checkpoint import Checkpoint
from genvla_policy.models.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.observation import Observation
from genvla_policy.policy import Policy
from genvla_policy.ros.image_conversion import image_from_msg
from genvla_sim.tabletop_env import TabletopEnv
from genvla_viperx import command_gate, vx300s
from genvla_viperx.arm_interface import ArmCommand
from genvla_viperx.end_effector_delta import apply_delta
from genvla_viperx.inverse_kinematics import solve
from genvla_viperx.refusal import Interventions
from genvla_viperx.safety_config import SafetyConfig
from genvla_viperx.step_planner import StepBounds, Target, plan_step
from interbotix_xs_msgs.msg import JointGroupCommand
from training_figures import training

LATEST = Path(__file__).parent / 'latest.json'
INSTRUCTION = 'put the carrot on the plate'
STEP_PERIOD_S = 0.2

BARS = {
    'image_to_observation_ms': 3.0,
    'chunk_to_command_ms': 5.0,
    'ik_us': 200.0,
    'safety_us': 100.0,
}
"""What a figure has to stay below; the others have no bar."""
LEAST = {'load_robot_over_appetite': 2.0, 'load_vl_over_appetite': 2.0}
"""What a figure has to stay above."""


@dataclass(frozen=True)
class Row:
    """One figure: the median of `median_of` measurements."""

    name: str
    value: float
    unit: str
    median_of: int
    machine: str


def main() -> None:
    """Measure, print the table, write latest.json."""
    measures = (
        *(image_to_observation, chunk_to_command, arm, simulation),
        *(tiny_model, tiny_training),
    )
    rows = [
        _row(name, values, unit, machine())
        for measure in measures
        for name, values, unit in measure()
    ]
    print(table(rows))
    LATEST.write_text(json.dumps([asdict(row) for row in rows], indent=2) + '\n')


Measured = tuple[str, Sequence[float], str]
"""Name of a figure, its measurements, their unit."""


def image_to_observation() -> list[Measured]:
    """From a 640x480 message to an Observation.

    yuv422_yuy2, what a webcam gives raw, takes longest of the raw encodings; rgb8 is a view.
    """
    message = Image(height=480, width=640, encoding='yuv422_yuy2', step=1280)
    message.data = array.array('B', bytes(480 * 1280))
    durations = durations_s(
        lambda: Observation((image_from_msg(message),), INSTRUCTION, 0.0), count=500
    )
    return [('image_to_observation_ms', scaled(durations, 1e3), 'ms')]


def chunk_to_command() -> list[Measured]:
    """From publishing a chunk to receiving the command, with simulator and bridge running.

    Both ways over DDS between processes, serialisation included: more than the bridge's own share.
    """
    plan = Plan('PickCarrot', 0, (INSTRUCTION, INSTRUCTION), Path(), 0.0)
    with contextlib.ExitStack() as stack:
        domain_id = stack.enter_context(free_domain_id())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = {**os.environ, 'ROS_DOMAIN_ID': str(domain_id)}
        processes = stack.enter_context(NodeProcesses(folder, environment))
        for command in node_commands(plan, config_folder()):
            if command.name != 'policy':
                processes.start(command)
        context = Context()
        rclpy.init(context=context, domain_id=domain_id)
        stack.callback(context.try_shutdown)
        latencies = _PolicyStandIn(context, processes.check).command_latencies_s(count=60)
    return [('chunk_to_command_ms', scaled(latencies, 1e3), 'ms')]


class _PolicyStandIn:
    """Publishes heartbeats and chunks in the policy's place and waits for the commands."""

    def __init__(self, context: Context, watch: Callable[[], None]) -> None:
        self._node = rclpy.create_node('policy', context=context)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self._node)
        self._commanded_s: float | None = None
        self._heartbeats = self._node.create_publisher(Header, 'policy/heartbeat', HEARTBEAT)
        self._chunks = self._node.create_publisher(ActionChunk, 'action_chunk', COMMAND)
        self._node.create_subscription(
            JointGroupCommand, 'vx300s/commands/joint_group', self._on_command, COMMAND
        )
        self._node.create_timer(0.05, lambda: self._heartbeats.publish(Header()))
        self._watch_processes = watch
        self._patience = Patience(self._watch)

    def command_latencies_s(self, count: int) -> list[float]:
        """Activates the bridge, then measures until `count` chunks have been answered.

        Raises:
            NotReached: the bridge refuses to run, or more chunks than that stay unanswered.
        """
        services = ServiceCaller(self._node, self._patience)
        services.change_state('viperx_bridge', 'configure', 60.0)
        services.change_state('viperx_bridge', 'activate', 10.0)
        self._patience.for_duration(1.0)  # until the first heartbeats are heard
        latencies: list[float] = []
        for index in range(2 * count):
            latency_s = self._latency_s(index)
            if latency_s is not None:
                latencies.append(latency_s)
            if len(latencies) == count:
                return latencies
        raise NotReached(f'only {len(latencies)} of {2 * count} chunks were answered')

    def _latency_s(self, index: int) -> float | None:
        """None where no command follows: a chunk that is held up by a busy machine is refused."""
        action = EndEffectorDelta(gripper=float('nan'))
        action.translation.x = 0.001 * (-1) ** index
        chunk = ActionChunk(
            sequence=index,
            instruction=INSTRUCTION,
            step_period=duration_from_seconds(STEP_PERIOD_S),
            actions=[action],
            checkpoint='bench',
        )
        chunk.header.frame_id = 'vx300s/base_link'
        chunk.header.stamp = self._node.get_clock().now().to_msg()
        self._commanded_s = None
        published_s = time.perf_counter()
        self._chunks.publish(chunk)
        while self._commanded_s is None and time.perf_counter() < published_s + 2 * STEP_PERIOD_S:
            self._executor.spin_once(timeout_sec=STEP_PERIOD_S)
        answered_s = self._commanded_s
        # Off the beat of the bridge's tick, so that every phase of it is met.
        self._patience.for_duration(STEP_PERIOD_S + 0.003 * (index % 7))
        return None if answered_s is None else answered_s - published_s

    def _on_command(self, _message: JointGroupCommand) -> None:
        if self._commanded_s is None:
            self._commanded_s = time.perf_counter()

    def _watch(self) -> None:
        self._watch_processes()
        self._executor.spin_once(timeout_sec=0.0)


def arm() -> list[Measured]:
    """The bridge's arithmetic for one step.

    safety_us is the whole way from an action to a command that may be sent: every rule, with the
    forward and inverse kinematics in between.
    """
    rng = np.random.default_rng(0)
    low, high = np.array([-0.02] * 3 + [-0.1] * 3 + [0]), np.array([0.02] * 3 + [0.1] * 3 + [1])
    config, interventions = SafetyConfig(), Interventions()
    start = Target.at(vx300s.BRIDGE_START_JOINTS)
    bounds = StepBounds(config, start.pose[:3, 3], start.q, STEP_PERIOD_S)
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
    """Control steps of 0.2 s per second, without and with a 640x480 picture each."""
    measured: list[Measured] = []
    for name, render in (('sim_steps_per_s', False), ('sim_steps_with_image_per_s', True)):
        with contextlib.closing(TabletopEnv('PutCarrotOnPlate', render_images=render)) as env:
            env.reset(seed=0)
            durations = durations_s(partial(env.step, np.zeros(7)), count=60)
        measured.append((name, [1.0 / duration for duration in durations], '1/s'))
    return measured


def tiny_model() -> list[Measured]:
    """The tiny model: reading picture and prompt, then each character that it prints."""
    with tempfile.TemporaryDirectory() as folder:
        write_tiny_checkpoint(folder, tiny_config(), seed=0)
        policy = Policy.load(folder)
        tokenizer = Checkpoint.open(folder).tokenizer
    prompt_ids = tokenizer.encode(policy.config.prompt(INSTRUCTION))
    size = policy.config.image_size
    pixels = torch.zeros(policy.config.num_cameras, 3, size, size)

    def character_s() -> float:
        read = policy.model.prefill(pixels, prompt_ids)
        start_s = time.perf_counter()
        answer = policy.answer(read)
        return (time.perf_counter() - start_s) / len(answer.text)

    with torch.inference_mode():
        prefills = durations_s(lambda: policy.model.prefill(pixels, prompt_ids), count=50)
        character_s()
        characters = [character_s() for _ in range(20)]
    return [
        ('tiny_prefill_ms', scaled(prefills, 1e3), 'ms'),
        ('tiny_character_ms', scaled(characters, 1e3), 'ms'),
    ]


def tiny_training() -> list[Measured]:
    """Training of the tiny pi0_plus, and its data; see training_figures.py."""
    with tempfile.TemporaryDirectory() as folder:
        return training(Path(folder))


def durations_s(call: Callable[[], object], count: int) -> list[float]:
    """Returns the duration of each of `count` calls, after a tenth as many to warm up."""
    for _ in range(count // 10 + 1):
        call()
    durations = []
    for _ in range(count):
        start_s = time.perf_counter()
        call()
        durations.append(time.perf_counter() - start_s)
    return durations


def scaled(seconds: Sequence[float], factor: float) -> list[float]:
    """Returns durations in another unit."""
    return [factor * value for value in seconds]


def machine() -> str:
    """Returns processor, cores and operating system."""
    with contextlib.suppress(OSError):
        for line in Path('/proc/cpuinfo').read_text().splitlines():
            if line.startswith('model name'):
                name = line.partition(':')[2].strip()
                return f'{name}, {os.cpu_count()} cores, {platform.system()}'
    return f'{platform.machine()}, {os.cpu_count()} cores, {platform.system()}'


def table(rows: Sequence[Row]) -> str:
    """Returns the rows as text, each with its bar and whether it stays below."""
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
