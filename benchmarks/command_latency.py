# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure the bridge's latency from a chunk to a command, with the simulator running."""

from __future__ import annotations

from collections.abc import Callable
import contextlib
import math
import os
from pathlib import Path
import tempfile
import time

from genvla_msgs.msg import ActionChunk
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from std_msgs.msg import Header

from genvla_bringup.demo.command import config_folder
from genvla_bringup.demo.domain import free_domain_id
from genvla_bringup.demo.processes import NodeProcesses
from genvla_bringup.demo.session import Plan, node_commands
from genvla_bringup.demo.transports import this_machine_only
from genvla_node.action_chunk import chunk_to_msg
from genvla_node.client import Nodes
from genvla_node.qos import COMMAND, HEARTBEAT
from genvla_node.service_calls import NotReached, Patience
from interbotix_xs_msgs.msg import JointGroupCommand

INSTRUCTION = 'put the carrot on the plate'
STEP_PERIOD_S = 0.2


def command_latencies_s(count: int) -> list[float]:
    """Return the latencies from publishing each of `count` chunks to receiving its command.

    They include DDS between processes in both directions, with serialisation, so they exceed the
    bridge's own share.
    """
    plan = Plan('PickCarrot', 0, (INSTRUCTION, INSTRUCTION), Path(), 0.0)
    os.environ.update(this_machine_only(os.environ, config_folder()))
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
        return _PolicyStandIn(context, processes.check).command_latencies_s(count)


class _PolicyStandIn:
    """Publishes heartbeats and chunks in place of the policy, and waits for the commands."""

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
        """Activate the bridge, then measure until `count` chunks have been answered.

        Raises:
            NotReached: The bridge does not activate, or more than `count` chunks stay unanswered.
        """
        nodes = Nodes(self._node, self._patience)
        nodes.change_state('viperx_bridge', 'configure', 60.0)
        nodes.change_state('viperx_bridge', 'activate')
        self._patience.for_duration(1.0)  # until the first heartbeats arrive
        latencies: list[float] = []
        for index in range(2 * count):
            latency_s = self._latency_s(index)
            if latency_s is not None:
                latencies.append(latency_s)
            if len(latencies) == count:
                return latencies
        raise NotReached(f'only {len(latencies)} of {2 * count} chunks led to a command')

    def _latency_s(self, index: int) -> float | None:
        """Return None without a command: the bridge rejects chunks delayed by a busy machine."""
        chunk = chunk_to_msg(
            [(0.001 * (-1) ** index, 0.0, 0.0, 0.0, 0.0, 0.0, math.nan)],
            stamp=self._node.get_clock().now().to_msg(),
            frame_id='vx300s/base_link',
            instruction=INSTRUCTION,
            step_period_s=STEP_PERIOD_S,
            checkpoint='bench',
            sequence=index,
        )
        self._commanded_s = None
        published_s = time.perf_counter()
        self._chunks.publish(chunk)
        while self._commanded_s is None and time.perf_counter() < published_s + 2 * STEP_PERIOD_S:
            self._executor.spin_once(timeout_sec=STEP_PERIOD_S)
        answered_s = self._commanded_s
        # Vary the phase relative to the bridge's tick, so that all phases are covered.
        self._patience.for_duration(STEP_PERIOD_S + 0.003 * (index % 7))
        return None if answered_s is None else answered_s - published_s

    def _on_command(self, _message: JointGroupCommand) -> None:
        if self._commanded_s is None:
            self._commanded_s = time.perf_counter()

    def _watch(self) -> None:
        self._watch_processes()
        self._executor.spin_once(timeout_sec=0.0)
