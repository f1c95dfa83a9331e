# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Who takes the arm's commands, and who else sends some, by the endpoints of their topics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node

_UNKNOWN = '_NODE_NAME_UNKNOWN_'
"""What rmw calls the node of an endpoint that it has heard of before the node itself."""


@dataclass(frozen=True)
class Wiring:
    """What is wrong with the way from the bridge to the servos; empty where nothing is.

    Attributes:
        unheard: Which commands do not reach the driver.
        rivals: Which other nodes command the arm.
    """

    unheard: str = ''
    rivals: str = ''


def look_at_wiring(
    node: Node,
    command_topics: Sequence[str],
    joint_states_topic: str,
    *,
    unused_topics: Sequence[str] = (),
) -> Wiring:
    """Return who is at the other end of the command topics.

    The driver is whoever publishes the joint states. That somebody subscribes to the commands
    says nothing: recorders and viewers do too.

    Args:
        node: Whose graph is asked, and who alone may publish commands.
        command_topics: Names of the topics of commands.
        joint_states_topic: Name of the topic that tells where the arm is.
        unused_topics: Names of topics by which others could command the arm.
    """
    drivers = _names(node.get_publishers_info_by_topic(joint_states_topic))
    unheard, rivals = [], []
    for topic in command_topics:
        listeners = _names(node.get_subscriptions_info_by_topic(topic))
        if drivers and not drivers & listeners and _UNKNOWN not in drivers | listeners:
            unheard.append(
                f'{topic} does not reach {_sentence(drivers)}, which publishes joint_states; it '
                f'reaches {_sentence(listeners) or "nobody"}'
            )
    for topic in (*command_topics, *unused_topics):
        senders = _names(node.get_publishers_info_by_topic(topic))
        others = senders - {node.get_fully_qualified_name(), _UNKNOWN}
        if others:
            rivals.append(f'{_sentence(others)} publishes {topic} too')
    return Wiring(
        _with_advice(unheard, "check robot_name, remappings, and the driver's log"),
        _with_advice(rivals, 'end it: one node commands an arm'),
    )


def _with_advice(found: Sequence[str], advice: str) -> str:
    return f'{"; ".join(found)}; {advice}' if found else ''


def _names(endpoints: Sequence[Any]) -> set[str]:
    return {
        _UNKNOWN
        if endpoint.node_name == _UNKNOWN
        else f'{endpoint.node_namespace.rstrip("/")}/{endpoint.node_name}'
        for endpoint in endpoints
    }


def _sentence(names: set[str]) -> str:
    return ', '.join(sorted(names))
