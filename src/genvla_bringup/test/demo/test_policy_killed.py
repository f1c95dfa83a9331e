# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy is killed while the arm moves, with real processes: the arm holds in time."""

from __future__ import annotations

from collections import deque
import contextlib
import os
from pathlib import Path
import signal

import numpy as np
import pytest

from genvla_bringup.demo.command import config_folder
from genvla_bringup.demo.domain import free_domain_id
from genvla_bringup.demo.graph_client import graph_client
from genvla_bringup.demo.processes import NodeProcesses
from genvla_bringup.demo.session import Plan, node_commands
from genvla_node.client import Nodes
from genvla_node.service_calls import Patience
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_viperx.arm import vx300s

pytestmark = pytest.mark.timeout(300)

START_TIMEOUT_S = 120.0
HOLD_WITHIN_S = 0.5
# The arm may move by the first distance to come to rest, and then by the second. The rest of the
# chunk would move it four times as far.
BRAKING_RAD = 0.2
STILL_RAD = 0.02
MOVING_RAD = 0.05
# A chunk of more than a second: without a watchdog the arm would move long after the kill.
HORIZON = 8


@pytest.fixture
def checkpoint(tmp_path):
    folder = tmp_path / 'checkpoint'
    write_tiny_checkpoint(folder, tiny_config(horizon=HORIZON), seed=0)
    return folder


@pytest.fixture
def loop(tmp_path, checkpoint, monkeypatch):
    """The whole loop in its own processes; yields its client and the nodes."""
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    monkeypatch.setenv('ROS_STATIC_PEERS', '')
    instruction = 'pick up the carrot'
    plan = Plan('PickCarrot', 0, (instruction, instruction), checkpoint, 60.0)
    with contextlib.ExitStack() as stack:
        domain_id = stack.enter_context(free_domain_id())
        client = stack.enter_context(graph_client(domain_id, tmp_path / 'bag'))
        environment = {**os.environ, 'ROS_DOMAIN_ID': str(domain_id)}
        processes = stack.enter_context(NodeProcesses(tmp_path / 'log', environment))
        for command in node_commands(plan, config_folder()):
            processes.start(command)
        patience = Patience(client.check)
        nodes = Nodes(client.node, patience)
        nodes.bridge_states()  # subscribe now, to miss no state
        patience.until(lambda: client.joint_positions, START_TIMEOUT_S, 'no joint states')
        for name in ('viperx_bridge', 'policy'):
            for transition in ('configure', 'activate'):
                nodes.change_state(name, transition, START_TIMEOUT_S)
        yield client, nodes


def arm(client):
    return np.array([client.joint_positions[name] for name in vx300s.JOINT_NAMES])


class Stillness:
    """Whether the arm stood still in the last 25 joint states, however slowly they come."""

    def __init__(self, client):
        self._client = client
        self._seen = deque(maxlen=25)

    def __call__(self):
        if not self._seen or self._client.joint_positions is not self._seen[-1]:
            self._seen.append(self._client.joint_positions)
        positions = [[seen[name] for name in vx300s.JOINT_NAMES] for seen in self._seen]
        return len(positions) == self._seen.maxlen and np.ptp(positions, 0).max() < STILL_RAD


def kill_policy(checkpoint):
    """Kill the process whose command line names the policy node and this checkpoint."""
    for folder in Path('/proc').glob('[0-9]*'):
        with contextlib.suppress(OSError):
            command = (folder / 'cmdline').read_bytes()
            if b'policy_node' in command and str(checkpoint).encode() in command:
                os.kill(int(folder.name), signal.SIGKILL)
                return
    pytest.fail('there is no policy process')


def test_the_arm_holds_within_half_a_second(loop, checkpoint):
    client, nodes = loop
    start = arm(client)
    nodes.patience.until(
        lambda: (
            nodes.bridge_state == 'executing'
            and np.ptp([arm(client), start], 0).max() > MOVING_RAD
        ),
        START_TIMEOUT_S,
        'the arm did not move',
    )
    kill_policy(checkpoint)
    nodes.patience.until(
        lambda: nodes.bridge_state == 'holding', HOLD_WITHIN_S, 'the bridge went on'
    )
    braking = arm(client)
    nodes.patience.until(Stillness(client), START_TIMEOUT_S, 'the arm did not come to rest')
    held = arm(client)
    nodes.patience.for_duration(1.0)
    assert np.abs(held - braking).max() < BRAKING_RAD
    assert np.abs(arm(client) - held).max() < STILL_RAD
