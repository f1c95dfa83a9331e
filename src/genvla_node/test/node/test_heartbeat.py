# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Heartbeats, and their absence."""

from __future__ import annotations

import pytest

from genvla_node.heartbeat import Heartbeat, HeartbeatWatch, unsupervised


@pytest.fixture
def watch(graph):
    return HeartbeatWatch(graph.node('listener'), 'supervisor')


def test_a_node_that_was_never_heard_is_not_missed(graph, watch):
    graph.spin_for(0.1)
    assert watch.silence_s == 0.0
    assert unsupervised(watch) == ''


def test_a_node_that_has_ended_is_missed(graph, watch):
    supervisor = graph.node('supervisor')
    Heartbeat(supervisor)
    graph.spin_until(lambda: watch.silence_s > 0.0, 'a heartbeat')
    graph.spin_for(1.2)
    assert unsupervised(watch) == ''
    supervisor.destroy_node()
    graph.spin_until(lambda: unsupervised(watch), 'it is missed')
    assert 'no heartbeat for 1 s' in unsupervised(watch)
    watch.forget()
    assert unsupervised(watch) == ''
