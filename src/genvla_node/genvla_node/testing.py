# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""pytest fixtures for node tests: a private context and a private DDS domain for every test.

A test package enables them with `pytest_plugins = ['genvla_node.testing']`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
import contextlib
import gc
import itertools
import os
import threading
import time
from typing import Any

import domain_coordinator
import pytest
import rclpy
from rclpy.context import Context
from rclpy.node import Node

from genvla_node.executor import PromptExecutor

# Generous, because discovery takes seconds on a loaded two-core machine; a passing test never
# waits this long.
TIMEOUT_S = 60.0
# Do not wait long for a callback that is blocked, such as on a goal that never ends.
_SHUTDOWN_S = 2.0

PLAIN = {'start_parameter_services': False, 'enable_rosout': False}
"""Arguments of a test's own node: fewer services, because an executor checks every service in
every turn."""


class Graph:
    """A private ROS graph: nodes join it, and the test spins it until a condition is true."""

    def __init__(self, context: Context) -> None:
        """Wrap an initialised context; the fixture `graph` creates one for each test."""
        self.context = context
        self.executor = PromptExecutor(num_threads=4, context=context)
        self._nodes: list[Node] = []

    def node(self, make: Callable[..., Node] | str, **kwargs: Any) -> Any:
        """Add a node: pass a name for a plain node, or a class that accepts `context`."""
        if isinstance(make, str):
            node = rclpy.create_node(make, context=self.context, **PLAIN, **kwargs)
        else:
            node = make(context=self.context, **kwargs)
        self._nodes.append(node)
        self.executor.add_node(node)
        return node

    def spin_until(self, condition: Callable[[], Any], what: str = 'the condition') -> None:
        """Spin until `condition()` is truthy; fail the test after TIMEOUT_S."""
        deadline = time.monotonic() + TIMEOUT_S
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f'timed out after {TIMEOUT_S:.0f} s waiting for {what}')
            self.executor.spin_once(timeout_sec=0.02)

    def spin_for(self, duration_s: float) -> None:
        """Spin for a duration [s], to show that something does *not* happen."""
        deadline = time.monotonic() + duration_s
        while time.monotonic() < deadline:
            self.executor.spin_once(timeout_sec=0.01)

    @contextlib.contextmanager
    def spinning(self) -> Iterator[None]:
        """Spin in another thread while the test waits for something else."""
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
        self.spin_until(future.done, f'the answer of {client.srv_name}')
        return future.result()

    def close(self) -> None:
        """Destroy every node, the newest first."""
        self.executor.shutdown(timeout_sec=_SHUTDOWN_S)
        while self._nodes:
            self._nodes.pop().destroy_node()


_TURNS = itertools.count(os.getpid())


def _next_domain() -> int:
    return next(_TURNS) % 100 + 1


@pytest.fixture
def domain_id(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Yield a DDS domain that no other test on this machine uses, limited to this machine.

    A callback that outlives its test keeps its node's endpoints alive, so the domain of a test is
    not used again for the next one.
    """
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    monkeypatch.setenv('ROS_STATIC_PEERS', '')
    with domain_coordinator.domain_id(_next_domain) as number:
        yield number


@pytest.fixture
def graph(domain_id: int) -> Iterator[Graph]:
    """Yield a private ROS graph, and close it after the test."""
    # rclpy only releases a lifecycle node's DDS participant when the node is garbage-collected,
    # and pytest keeps a test's nodes until all its fixtures are torn down. Until then, the
    # services of the previous test still seem to exist, but never answer.
    gc.collect()
    context = Context()
    rclpy.init(context=context, domain_id=domain_id)
    graph = Graph(context)
    try:
        yield graph
    finally:
        graph.close()
        context.try_shutdown()
