# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the whole loop in the simulator once, from the first process to the last."""

from __future__ import annotations

from collections.abc import Mapping
import contextlib
from dataclasses import dataclass
import json
import os
from pathlib import Path
from queue import SimpleQueue
import secrets
import socket
import sys
import time

import numpy as np

from genvla_bags.topics import CHUNKS_TOPIC, COMMANDS_TOPIC, IMAGES_TOPIC
from genvla_bringup.demo.domain import free_domain_id
from genvla_bringup.demo.episode_bag import NEEDED_TOPICS
from genvla_bringup.demo.graph_client import GraphClient, graph_client
from genvla_bringup.demo.processes import NodeCommand, NodeProcesses
from genvla_bringup.demo.progress import Progress
from genvla_bringup.demo.retry import Retry
from genvla_bringup.demo.transports import this_machine_only
from genvla_bringup.demo.typed_lines import typed_lines
from genvla_bringup.operate.bridge_news import BridgeNews, sum_up
from genvla_node.client import Nodes, Step
from genvla_node.node_names import BRIDGE, POLICY
from genvla_node.service_calls import NotReached, Patience
from genvla_policy.text.stop_request import asks_to_stop
from genvla_viperx.arm import vx300s

# Generous, because importing PyTorch takes many seconds on a loaded two-core machine.
_START_TIMEOUT_S = 90.0
_LOAD_TIMEOUT_S = 180.0
_ANSWER_TIMEOUT_S = 15.0
_MOVE_TIMEOUT_S = 40.0
_FRESH_IMAGES = 3
_SLEEP_TOLERANCE_RAD = 0.2


@dataclass(frozen=True)
class Plan:
    """The plan of a session."""

    task: str
    seed: int
    instructions: tuple[str, ...]
    """Each is active for an equal share of the time, until another instruction replaces it."""
    checkpoint: Path
    duration_s: float
    """How long the policy is active."""


class Session:
    """Brings the nodes up in order, lets them run, and takes them down in order.

    Order up: wait for joint states and fresh camera images, activate the bridge, move the arm out
    of its sleep pose, activate the policy. The policy loads in parallel, because loading takes
    longest. Order down: policy, bridge, processes, bag.
    """

    def __init__(self, client: GraphClient, processes: NodeProcesses, progress: Progress) -> None:
        """Use a client and processes that the caller opens and closes."""
        self._client = client
        self._processes = processes
        self._progress = progress
        self._news = BridgeNews()
        self._retry = Retry()
        self._told = ''
        self._patience = Patience(self._watch)
        self._nodes = Nodes(client.node, self._patience, answer_timeout_s=_ANSWER_TIMEOUT_S)
        self._nodes.bridge_states()  # subscribe now, to miss no state

    def run(self, plan: Plan, config_folder: Path) -> None:
        """Run the plan.

        Raises:
            ProcessDied: A node exited unexpectedly.
            NotReached: A step was refused or timed out; the message names it.
        """
        self._progress.say('starting the simulated arm and camera, the bridge and the policy')
        for command in node_commands(plan, config_folder):
            self._processes.start(command)
        self._start_console()
        self._progress.say('loading the policy')
        loading = self._nodes.begin_step(POLICY, 'configure', _START_TIMEOUT_S)
        self._wait_for_robot()
        self._transition(BRIDGE, 'configure', _START_TIMEOUT_S)
        self._transition(BRIDGE, 'activate', _ANSWER_TIMEOUT_S)
        self._leave_sleep_pose()
        self._finish(loading, _LOAD_TIMEOUT_S)
        self._wait_for_recorder()
        self._transition(POLICY, 'activate', _ANSWER_TIMEOUT_S)
        self._follow_instructions(plan)
        self._transition(POLICY, 'deactivate', _ANSWER_TIMEOUT_S)
        self._transition(BRIDGE, 'deactivate', _ANSWER_TIMEOUT_S)

    def _start_console(self) -> None:
        port, token = free_port(), secrets.token_urlsafe(8)
        command = sys.executable, '-m', 'genvla_console', '--port', str(port)
        # The demo can run without the console.
        self._processes.start(
            NodeCommand('console', command, {'GENVLA_CONSOLE_TOKEN': token}, is_needed=False)
        )
        self._progress.say(f'console: http://127.0.0.1:{port}/#token={token}')

    def _watch(self) -> None:
        self._processes.check()
        self._client.check()

    def _wait_for_robot(self) -> None:
        recording = self._client.recording
        self._patience.until(
            lambda: self._client.joint_positions, _START_TIMEOUT_S, 'no joint_states'
        )
        self._patience.until(
            lambda: recording.count(IMAGES_TOPIC) >= _FRESH_IMAGES,
            _START_TIMEOUT_S,
            f'no images on {IMAGES_TOPIC}',
        )

    def _leave_sleep_pose(self) -> None:
        if not is_asleep(self._client.joint_positions):
            return
        self._progress.say('moving the arm from its sleep pose to the start pose')
        self._nodes.home()
        self._patience.until(
            lambda: (
                not is_asleep(self._client.joint_positions)
                and self._nodes.bridge_state == 'holding'
            ),
            _MOVE_TIMEOUT_S,
            'the arm did not reach its start pose',
        )

    def _wait_for_recorder(self) -> None:
        def missing() -> set[str]:
            return set(NEEDED_TOPICS) - self._client.recording.topics

        with contextlib.suppress(NotReached):
            self._patience.until(lambda: not missing(), _ANSWER_TIMEOUT_S, '')
        if missing():
            raise NotReached(f'no node publishes {", ".join(sorted(missing()))}')

    def _follow_instructions(self, plan: Plan) -> None:
        part_s, start_s = plan.duration_s / len(plan.instructions), time.monotonic()
        with typed_lines() as typed:
            for number, text in enumerate(plan.instructions):
                if number and self._client.instruction == plan.instructions[number - 1]:
                    self._nodes.instruct(text)
                self._show_until(start_s, (number + 1) * part_s, plan.duration_s, typed)

    def _show_until(
        self, start_s: float, until_s: float, total_s: float, typed: SimpleQueue[str]
    ) -> None:
        while (elapsed_s := time.monotonic() - start_s) < until_s:
            while not typed.empty():
                self._instruct(typed.get())
            if self._client.instruction != self._told:
                self._told = self._client.instruction
                self._progress.say(f'instruction: {self._told or "none"}')
            for sentence in self._news.sentences(self._client.take_bridge_statuses()):
                self._progress.say(sentence)
            if self._retry.is_due(self._news.last, time.monotonic()):
                self._try_again()
            self._progress.tick(elapsed_s, total_s, self._figures())
            self._patience.for_duration(min(0.2, until_s - elapsed_s))

    def _instruct(self, text: str) -> None:
        """Forward a typed line to the policy; a word that asks to stop stops the arm."""
        try:
            self._progress.say(
                self._nodes.stop() if asks_to_stop(text) else self._nodes.instruct(text)
            )
        except NotReached as error:
            self._progress.say(str(error))

    def _try_again(self) -> None:
        try:
            self._nodes.resume()
            self._progress.say(f'as an operator might now do, resuming: {self._nodes.home()}')
        except NotReached as error:
            self._progress.say(str(error))

    def _figures(self) -> str:
        chunks = self._client.recording.count(CHUNKS_TOPIC)
        commands = self._client.recording.count(COMMANDS_TOPIC)
        latency_s = self._client.inference_s
        latency = '' if latency_s is None else f'   inference {1e3 * latency_s:.0f} ms'
        rules = sum_up(self._client.interventions)
        state = f'{self._nodes.bridge_state} ({rules})' if rules else self._nodes.bridge_state
        return f'{chunks} chunks   {commands} commands{latency}   {state}'

    def _transition(self, node: str, transition: str, timeout_s: float) -> None:
        self._finish(self._nodes.begin_step(node, transition, timeout_s), timeout_s)

    def _finish(self, step: Step, timeout_s: float) -> None:
        try:
            self._nodes.finish(step, timeout_s)
        except NotReached as error:
            last_lines = self._processes.tail(step.node_name)
            raise NotReached(f'{error}; its last lines:\n{last_lines}') from error


def record_session(
    plan: Plan, *, config_folder: Path, bag: Path, logs: Path, progress: Progress
) -> None:
    """Run a plan in its own ROS domain and record it; leave no process behind.

    Raises:
        ProcessDied: A node exited unexpectedly.
        NotReached: A step was refused or timed out.
    """
    os.environ.update(this_machine_only(os.environ, config_folder))
    with contextlib.ExitStack() as stack:
        domain_id = stack.enter_context(free_domain_id())
        progress.say(f'ROS_DOMAIN_ID={domain_id}, this machine only')
        client = stack.enter_context(graph_client(domain_id, bag))
        environment = {**os.environ, 'ROS_DOMAIN_ID': str(domain_id), 'PYTHONUNBUFFERED': '1'}
        processes = stack.enter_context(NodeProcesses(logs, environment))
        Session(client, processes, progress).run(plan, config_folder)
        progress.say('stopping')


def node_commands(plan: Plan, config_folder: Path) -> tuple[NodeCommand, ...]:
    """Return the commands of a plan's nodes, with the same parameter files as `ros2 launch`."""
    simulated = config_folder / 'sim_robot.yaml'
    return (
        NodeCommand(
            'sim_robot',
            python_command('genvla_sim.ros.sim_robot', simulated, task=plan.task, seed=plan.seed),
        ),
        NodeCommand(
            BRIDGE,
            python_command(
                'genvla_viperx.ros.bridge_node', config_folder / 'viperx_bridge.yaml', simulated
            ),
        ),
        NodeCommand(
            POLICY,
            python_command(
                'genvla_policy.ros.policy_node',
                config_folder / 'policy.yaml',
                checkpoint=str(plan.checkpoint.resolve()),
                instruction=plan.instructions[0],
            ),
        ),
    )


def free_port() -> int:
    """Return a TCP port of this computer that nothing listens on."""
    with socket.socket() as found:
        found.bind(('127.0.0.1', 0))
        return int(found.getsockname()[1])


def is_asleep(joint_positions: Mapping[str, float]) -> bool:
    """Return whether the arm is folded in its sleep pose."""
    measured = [joint_positions[name] for name in vx300s.JOINT_NAMES]
    return bool(np.abs(np.array(measured) - vx300s.SLEEP).max() < _SLEEP_TOLERANCE_RAD)


def python_command(module: str, *parameter_files: Path, **parameters: object) -> tuple[str, ...]:
    """Return the command line that runs a module's `main`, as its installed executable does.

    Later parameter files override earlier ones; single parameters override all files. The values
    are written as JSON, which is valid YAML: a quoted instruction such as "1.5" stays a string.
    """
    files = [part for file in parameter_files for part in ('--params-file', str(file))]
    values = [
        part
        for name, value in parameters.items()
        for part in ('-p', f'{name}:={json.dumps(value)}')
    ]
    run_main = f'import sys; from {module} import main; sys.exit(main())'
    return (sys.executable, '-c', run_main, '--ros-args', *files, *values)
