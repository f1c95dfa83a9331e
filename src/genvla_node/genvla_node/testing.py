# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""pytest fixtures for node tests: an own context and an own DDS domain for every test.

A test package asks for them with `pytest_plugins = ['genvla_node.testing']`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
import contextlib
import gc
import threading
import time
from typing import Any

import domain_coordinator
import pytest
import rclpy
from rclpy.context import Context
from rclpy.node import Node

from genvla_node.executor import PromptExecutor

# Generous: a loaded two-core machine needs seconds for discovery; a passing test never waits.
TIMEOUT_S = 60.0
# A callback that waits for something that does not come any more, as a goal's does, is not waited
# for long.
_SHUTDOWN_S = 2.0

PLAIN = {'start_parameter_services': False, 'enable_rosout': False}
"""Arguments of a test's own node: an executor looks at every service in every turn."""


class Graph:
    """A private ROS graph: nodes join it, and the test spins it until something is true."""

    def __init__(self, context: Context) -> None:
        """Wrap an initialised context; `graph` makes one for each test."""
        self.context = context
        self.executor = PromptExecutor(num_threads=4, context=context)
        self._nodes: list[Node] = []

    def node(self, make: Callable[..., Node] | str, **kwargs: Any) -> Any:
        """Add a node: a name for a plain one, or a class that takes `context`."""
        if isinstance(make, str):
            node = rclpy.create_node(make, context=self.context, **PLAIN, **kwargs)
        else:
            node = make(context=self.context, **kwargs)
        self._nodes.append(node)
        self.executor.add_node(node)
        return node

    def spin_until(self, condition: Callable[[], Any], what: str = 'the condition') -> None:
        """Spin until `condition()` is truthy; fails the test after TIMEOUT_S."""
        deadline = time.monotonic() + TIMEOUT_S
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f'{what} did not come true within {TIMEOUT_S:.0f} s')
            self.executor.spin_once(timeout_sec=0.02)

    def spin_for(self, duration_s: float) -> None:
        """Spin for a time, to show that something does *not* happen in it."""
        deadline = time.monotonic() + duration_s
        while time.monotonic() < deadline:
            self.executor.spin_once(timeout_sec=0.01)

    @contextlib.contextmanager
    def spinning(self) -> Iterator[None]:
        """Spins in a thread of its own, while the test waits for something else."""
        over = threading.Event()

        def spin() -> None:
            while not over.is_set():
                self.executor.spin_once(timeout_sec=0.02)

        thread = threading.Thread(target=spin, name='graph')
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def call(self, client: Any, request: Any) -> Any:
        """Call a service and return its response."""
        self.spin_until(client.service_is_ready, f'service {client.srv_name}')
        future = client.call_async(request)
        self.spin_until(future.done, f'answer of {client.srv_name}')
        return future.result()

    def close(self) -> None:
        """Destroy every node, newest first."""
        self.executor.shutdown(timeout_sec=_SHUTDOWN_S)
        while self._nodes:
            self._nodes.pop().destroy_node()


@pytest.fixture
def domain_id(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A DDS domain that no other test on this machine is using, closed to other machines."""
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    with domain_coordinator.domain_id() as number:
        yield number


@pytest.fixture
def graph(domain_id: int) -> Iterator[Graph]:
    """A private ROS graph, torn down after the test."""
    # rclpy gives up a lifecycle node's DDS participant only when the node is collected, and pytest
    # holds the nodes of a test until all its fixtures are torn down. Until then the services of
    # the test before seem to be there, and never answer.
    gc.collect()
    context = Context()
    rclpy.init(context=context, domain_id=domain_id)
    graph = Graph(context)
    try:
        yield graph
    finally:
        graph.close()
        context.try_shutdown()
