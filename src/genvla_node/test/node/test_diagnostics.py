# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A node's status on /diagnostics."""

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from genvla_node.diagnostics import DiagnosticsPublisher, Level, Status, status_to_msg
from genvla_node.qos import COMMAND


def test_a_status_becomes_a_message_with_six_digits():
    message = status_to_msg(
        'policy', Status(Level.WARN, 'slow', {'latency_s': 1 / 3, 'chunks': 4})
    )
    assert message.level == DiagnosticStatus.WARN
    assert [(pair.key, pair.value) for pair in message.values] == [
        ('latency_s', '0.333333'),
        ('chunks', '4'),
    ]


def test_a_published_status_carries_the_node_s_name(graph):
    node, received = graph.node('talker', namespace='arm'), []
    listener = graph.node('listener')
    listener.create_subscription(DiagnosticArray, '/diagnostics', received.append, COMMAND)
    publisher = DiagnosticsPublisher(node, 'left_arm')
    graph.spin_until(lambda: node.count_subscribers('/diagnostics'))
    publisher.publish(Status(Level.OK, 'fine', {}))
    graph.spin_until(lambda: received)
    [status] = received[0].status
    assert (status.name, status.hardware_id) == ('arm/talker', 'left_arm')
