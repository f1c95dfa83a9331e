# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The heartbeat is published exactly while the policy is active."""

from __future__ import annotations

import pytest


@pytest.fixture
def beats_in_a_second(bench):
    """Count the heartbeats in one second of the clock."""

    def count():
        known = len(bench.heartbeats)
        start_s = bench.node.get_clock().now().nanoseconds / 1e9
        for tick in range(1, 21):
            bench.set_time(start_s + tick * 0.05)
            bench.graph.spin_for(0.01)
        return len(bench.heartbeats) - known

    return count


def test_there_is_no_heartbeat_before_activation(bench, beats_in_a_second):
    bench.configure()
    assert beats_in_a_second() == 0


def test_there_are_about_20_heartbeats_a_second_while_active(bench, beats_in_a_second):
    bench.activate()
    bench.graph.spin_until(lambda: bench.node.count_subscribers('policy/heartbeat'))
    assert 15 <= beats_in_a_second() <= 20
    assert bench.heartbeats[-1].frame_id == 'vx300s/base_link'


def test_heartbeats_continue_during_a_long_inference(bench, beats_in_a_second):
    bench.activate(instruction='pick the carrot')
    bench.policy.gate.clear()
    bench.show()
    bench.wait_for_inferences(1)
    assert beats_in_a_second() >= 15


def test_there_is_no_heartbeat_after_deactivation(bench, beats_in_a_second):
    bench.activate()
    bench.node.trigger_deactivate()
    assert beats_in_a_second() == 0
