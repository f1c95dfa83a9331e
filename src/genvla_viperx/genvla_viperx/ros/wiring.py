# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Check, by the topics' endpoints, that commands reach the driver and no other node sends any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node

_UNKNOWN = '_NODE_NAME_UNKNOWN_'
"""Name that rmw gives to the node of an endpoint before it has discovered the node."""


@dataclass(frozen=True)
class Wiring:
    """What is wrong with the connection from the bridge to the servos; empty if nothing is.

    Attributes:
        unheard: Which commands do not reach the driver.
        rivals: Which other nodes command the arm.
        undiscovered: Which commands may reach the driver, as far as its node is discovered yet.
    """

    unheard: str = ''
    rivals: str = ''
    undiscovered: str = ''


def look_at_wiring(
    node: Node,
    command_topics: Sequence[str],
    joint_states_topic: str,
    *,
    unused_topics: Sequence[str] = (),
) -> Wiring:
    """Return what is wrong with the endpoints of the command topics.

    The driver is the node that publishes the joint states. A subscription to the commands does not
    identify it, because recorders and viewers subscribe too.

    Args:
        node: The only node that may publish commands; its graph is used.
        command_topics: Names of the command topics.
        joint_states_topic: Name of the topic with the arm's joint states.
        unused_topics: Names of other topics that could command the arm.
    """
    drivers = _names(node.get_publishers_info_by_topic(joint_states_topic))
    unheard, rivals, undiscovered = [], [], []
    for topic in command_topics:
        listeners = _names(node.get_subscriptions_info_by_topic(topic))
        if (drivers & listeners) - {_UNKNOWN}:
            continue
        if not drivers or _UNKNOWN in drivers | listeners:
            undiscovered.append(
                f'{topic} reaches {_sentence(listeners) or "no node"}, and joint_states comes '
                f'from {_sentence(drivers) or "no node"}'
            )
        else:
            unheard.append(
                f'{topic} does not reach {_sentence(drivers)}, which publishes joint_states; it '
                f'reaches {_sentence(listeners) or "no node"}'
            )
    for topic in (*command_topics, *unused_topics):
        senders = _names(node.get_publishers_info_by_topic(topic))
        others = senders - {node.get_fully_qualified_name(), _UNKNOWN}
        if others:
            rivals.append(f'{topic} is also published by {_sentence(others)}')
    return Wiring(
        _with_advice(unheard, "check robot_name, remappings, and the driver's log"),
        _with_advice(rivals, 'end it: only one node may command an arm'),
        _with_advice(undiscovered, 'that is all that has been discovered of the driver'),
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
