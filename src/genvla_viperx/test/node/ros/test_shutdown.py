# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge's process ends cleanly on a signal while joint states and chunks come in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

ROUTINE = ('[INFO] ', '[WARN] ')


@pytest.fixture
def moving_bridge(graph, domain_id, driver, policy, operator):
    """A bridge in its own process that is following a chunk."""
    parameters = ('-p', 'set_operating_modes:=true', '-p', 'driver_timeout_s:=20.0')
    process = subprocess.Popen(
        [sys.executable, '-m', 'genvla_viperx.ros.bridge_node', '--ros-args', *parameters],
        env={**os.environ, 'ROS_DOMAIN_ID': str(domain_id)},
        stderr=subprocess.PIPE,
        text=True,
    )
    # A service also answers a client that it has not discovered yet, and that answer is lost: the
    # latched state shows that both have discovered each other.
    graph.spin_until(lambda: operator.state == 'inactive', 'the bridge')
    assert operator.transition('configure')
    assert operator.transition('activate')
    graph.spin_until(lambda: operator.state == 'holding' and policy.is_connected(), 'holding')
    graph.spin_for(0.3)
    policy.send(steps=40)
    graph.spin_until(lambda: driver.joint_commands, 'motion')
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize(
    'signals', [[signal.SIGINT], [signal.SIGINT, signal.SIGINT], [signal.SIGINT, signal.SIGTERM]]
)
def test_signals_end_a_bridge_in_motion_without_errors(moving_bridge, signals):
    for number in signals:
        moving_bridge.send_signal(number)
    _, log = moving_bridge.communicate(timeout=20.0)
    assert moving_bridge.returncode == 0
    assert [line for line in log.splitlines() if not line.startswith(ROUTINE)] == []
