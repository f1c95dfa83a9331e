# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A simulated arm that the test steps, with its nodes in a private graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from rcl_interfaces.msg import Log
from rclpy.node import Node

from genvla_node.qos import COMMAND
from genvla_node.testing import Graph
from genvla_sim.physics.simulated_arm import SimulatedArm
from genvla_sim.physics.simulation_loop import SimulationLoop
from genvla_sim.physics.tabletop_simulation import TabletopSimulation
from genvla_sim.ros.xs_sdk import XsSdkNode


@pytest.fixture
def loop() -> Iterator[SimulationLoop]:
    loop = SimulationLoop(SimulatedArm(TabletopSimulation(('carrot',))))
    yield loop
    loop.stop()


@pytest.fixture
def xs_sdk(graph: Graph, loop: SimulationLoop) -> Any:
    return graph.node(partial(XsSdkNode, loop), namespace='vx300s')


@pytest.fixture
def client(graph: Graph) -> Node:
    """The test's own node, in the robot's namespace."""
    return graph.node('client', namespace='vx300s')


@pytest.fixture
def errors(client: Node) -> list[str]:
    """Error lines logged by the nodes of the graph."""
    lines: list[str] = []

    def keep(entry: Log) -> None:
        if entry.level == 40:  # ERROR
            lines.append(entry.msg)

    client.create_subscription(Log, '/rosout', keep, COMMAND)
    return lines


@pytest.fixture
def received(graph: Graph, client: Node) -> Callable[..., list[Any]]:
    """Subscribe to a topic; return the list that collects its messages."""

    def subscribe(message_type: Any, topic: str, qos: Any) -> list[Any]:
        messages: list[Any] = []
        client.create_subscription(message_type, topic, messages.append, qos)
        graph.spin_until(lambda: client.count_publishers(topic), f'a publisher on {topic}')
        return messages

    return subscribe


@pytest.fixture
def publish(graph: Graph, client: Node) -> Callable[..., None]:
    """Publish one message as soon as there is a subscriber."""

    def publish_once(message: Any, topic: str) -> None:
        publisher = client.create_publisher(type(message), topic, COMMAND)
        graph.spin_until(publisher.get_subscription_count, f'a subscriber on {topic}')
        publisher.publish(message)

    return publish_once


@pytest.fixture
def call(graph: Graph, client: Node) -> Callable[..., Any]:
    """Call a service with the fields of its request; return the response."""

    def call_service(service_type: Any, service: str, /, **fields: Any) -> Any:
        return graph.call(
            client.create_client(service_type, service), service_type.Request(**fields)
        )

    return call_service
