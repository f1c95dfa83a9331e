# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A bridge that was paused reports its own pause."""

from __future__ import annotations

import time

from builtin_interfaces.msg import Time
from genvla_msgs.msg import ActionChunk
import pytest
from std_msgs.msg import Bool, Header, String


def test_a_bridge_that_was_paused_in_motion_reports_its_own_pause(
    graph, driver, policy, operator, make_bridge, activate
):
    active_bridge = activate(make_bridge(pause_timeout_s=1.0))
    policy.send(dx=0.002, steps=40)
    graph.spin_until(lambda: operator.state == 'executing', 'executing')
    with active_bridge._lock:  # as if the process did not run
        time.sleep(1.5)
    graph.spin_until(lambda: operator.state == 'stopped', 'stopped')
    graph.spin_until(lambda: operator.interventions('bridge_paused') == 1, 'the count')
    assert 'the bridge was paused for' in operator.message
    assert operator.ask('resume').success
    graph.spin_until(lambda: operator.state == 'holding', 'no fault of the driver is left')


@pytest.mark.parametrize('first', ['heartbeat', 'dead_man', 'instruction', 'chunk'])
def test_a_pause_is_noticed_whatever_arrives_first(
    graph, driver, policy, operator, make_bridge, activate, first
):
    bridge = activate(make_bridge(pause_timeout_s=1.0))
    policy.send(dx=0.002, steps=40)
    graph.spin_until(lambda: operator.state == 'executing', 'executing')
    late = {
        'heartbeat': lambda: bridge._on_heartbeat(Header(stamp=Time())),
        'dead_man': lambda: bridge._on_dead_man(Bool(data=True)),
        'instruction': lambda: bridge._on_instruction(String(data=bridge._instruction or '')),
        'chunk': lambda: bridge._on_chunk(ActionChunk()),
    }
    with bridge._lock:  # as if the process did not run
        time.sleep(1.5)
        late[first]()
    graph.spin_until(lambda: operator.interventions('bridge_paused') == 1, 'the count')
    assert operator.state == 'stopped'
    assert 'the bridge was paused for' in operator.message


def test_silence_of_the_driver_does_not_count_as_a_pause(
    graph, driver, policy, operator, make_bridge, activate
):
    activate(make_bridge(pause_timeout_s=1.0, driver_restart_s=1.0))
    driver.silent = True
    graph.spin_until(lambda: operator.state == 'faulted', 'faulted')
    graph.spin_for(0.2)
    driver.silent = False
    graph.spin_until(lambda: 'the driver was silent' in operator.message, 'the complaint')
    assert operator.interventions('bridge_paused') == 0
