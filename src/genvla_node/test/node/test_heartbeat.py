# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Heartbeats, and their absence."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from std_msgs.msg import Header

from genvla_node.heartbeat import Heartbeat, HeartbeatWatch, TwinWatch, unsupervised
from genvla_node.qos import HEARTBEAT


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


def test_a_twin_is_heard_although_every_own_heartbeat_follows_right_after_its_own(graph):
    node = graph.node('bridge')
    watch = TwinWatch(node, SimpleNamespace(identity='own'))
    publisher = node.create_publisher(Header, '~/heartbeat', HEARTBEAT)
    graph.spin_until(publisher.get_subscription_count, 'the subscription')
    for _ in range(20):
        for identity in ('of the twin', 'own'):
            publisher.publish(Header(frame_id=identity))
        graph.spin_for(0.02)
    assert watch.is_there
