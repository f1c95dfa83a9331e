# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge ends and cleans up without errors, whatever is running at that moment."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from genvla_viperx.ros.xs_sdk_client import XsSdkClient

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
    sent_s = -math.inf

    def moves():
        # On a busy computer, a chunk may arrive while heartbeats are late, and be refused.
        nonlocal sent_s
        if time.monotonic() - sent_s > 1.0:
            sent_s = time.monotonic()
            policy.send(steps=40)
        return driver.joint_commands

    graph.spin_until(moves, 'motion')
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


@pytest.mark.parametrize(
    ('method', 'callback'),
    [
        ('wiring', lambda bridge: bridge._look_at_wiring),
        ('ask', lambda bridge: bridge._configured.hardware_poll._begin_round),
    ],
)
def test_cleaning_up_waits_for_a_callback_that_uses_the_driver(
    graph, driver, operator, make_bridge, monkeypatch, method, callback
):
    bridge = make_bridge()
    assert operator.transition('configure')
    use, begun, may_use = getattr(XsSdkClient, method), threading.Event(), threading.Event()
    errors = []

    def use_when_allowed(*args, **kwargs):
        begun.set()
        may_use.wait()
        return use(*args, **kwargs)

    def call():
        try:
            callback(bridge)()
        except Exception as error:
            errors.append(error)

    monkeypatch.setattr(XsSdkClient, method, use_when_allowed)
    threads = [threading.Thread(target=target) for target in (call, bridge._release)]
    threads[0].start()
    assert begun.wait(30.0)
    threads[1].start()
    threads[1].join(0.2)  # if it does not wait, it is over now
    may_use.set()
    for thread in threads:
        thread.join()
    assert errors == []
