# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Talking to nodes from a program that is no node: services with a deadline, lifecycle steps."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any, TypeVar

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.node import Node

T = TypeVar('T')

_POLL_PERIOD_S = 0.02

_TRANSITIONS = {
    'configure': Transition.TRANSITION_CONFIGURE,
    'activate': Transition.TRANSITION_ACTIVATE,
    'deactivate': Transition.TRANSITION_DEACTIVATE,
}


class NotReached(RuntimeError):
    """Something that had to happen did not happen in time, or was refused."""


class Patience:
    """Waits for conditions, and keeps an eye on what may go wrong meanwhile."""

    def __init__(self, watch: Callable[[], None]) -> None:
        """Start with what is called again and again during every wait; it may raise."""
        self._watch = watch

    def until(self, condition: Callable[[], T], timeout_s: float, what: str) -> T:
        """Returns the condition's first truthy value.

        Raises:
            NotReached: it had none within `timeout_s`; `what` is the sentence.
        """
        deadline_s = time.monotonic() + timeout_s
        while not (value := condition()):
            self._watch()
            if time.monotonic() > deadline_s:
                raise NotReached(f'{what} within {timeout_s:g} s')
            time.sleep(_POLL_PERIOD_S)
        return value

    def for_duration(self, duration_s: float) -> None:
        """Wait for a time."""
        deadline_s = time.monotonic() + duration_s
        while time.monotonic() < deadline_s:
            self._watch()
            time.sleep(_POLL_PERIOD_S)


class ServiceCaller:
    """Calls services by name; some other thread spins the node."""

    def __init__(self, node: Node, patience: Patience) -> None:
        """Call through `node`, wait with `patience`."""
        self._node = node
        self._patience = patience
        self._clients: dict[str, Any] = {}

    def call(self, name: str, service: type, request: Any, timeout_s: float) -> Any:
        """Returns the service's response.

        Raises:
            NotReached: the service is not there, or does not answer in time.
        """
        if name not in self._clients:
            self._clients[name] = self._node.create_client(service, name)
        client = self._clients[name]
        self._patience.until(client.service_is_ready, timeout_s, f'{name} was not offered')
        future = client.call_async(request)
        self._patience.until(future.done, timeout_s, f'{name} did not answer')
        return future.result()

    def change_state(self, node_name: str, transition: str, timeout_s: float) -> None:
        """Take a lifecycle node through one transition: configure, activate or deactivate.

        Raises:
            NotReached: the node refused, or does not answer in time.
        """
        request = ChangeState.Request(transition=Transition(id=_TRANSITIONS[transition]))
        response = self.call(f'{node_name}/change_state', ChangeState, request, timeout_s)
        if not response.success:
            raise NotReached(f'{node_name} refused to {transition}')
