# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Service calls with a deadline, for a program that waits in its own thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import time
from typing import Any, TypeVar

from rclpy.node import Node

T = TypeVar('T')

_POLL_PERIOD_S = 0.02


class NotReached(RuntimeError):
    """Something that had to happen did not happen in time, or was refused."""


class NotOffered(NotReached):
    """Nobody offers a service."""


class Patience:
    """Waits for conditions, and keeps an eye on what may go wrong meanwhile."""

    def __init__(self, watch: Callable[[], None] = lambda: None) -> None:
        """Start with what is called again and again during every wait; it may raise."""
        self._watch = watch

    def until(self, condition: Callable[[], T], timeout_s: float, what: str) -> T:
        """Return the condition's first truthy value.

        Raises:
            NotReached: It had none within `timeout_s`; `what` is the sentence.
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


@dataclass(frozen=True)
class Call:
    """A service call that is under way: the service's name, and the future of its response."""

    service: str
    future: Any


class ServiceCaller:
    """Calls services by name while another thread spins the node.

    Every timeout that is None is `answer_timeout_s`.

    Attributes:
        node: Through which it calls.
        patience: With which it waits.
    """

    def __init__(
        self, node: Node, patience: Patience | None = None, *, answer_timeout_s: float = 10.0
    ) -> None:
        """Call through a node.

        Args:
            node: Spun by another thread.
            patience: Used for every wait; None: nothing is watched meanwhile.
            answer_timeout_s: Longest wait for a service to appear, and again for its answer [s].
        """
        self.node = node
        self.patience = patience or Patience()
        self._answer_timeout_s = answer_timeout_s
        self._clients: dict[str, Any] = {}

    def call(
        self, service: str, kind: type[Any], /, *, timeout_s: float | None = None, **fields: Any
    ) -> Any:
        """Return a service's response.

        Args:
            service: Its name, such as `sim/reset`.
            kind: Its type.
            timeout_s: Longest wait for it to appear, and again for its answer [s].
            **fields: Of the request.

        Raises:
            NotReached: The service is not there, or does not answer in time.
        """
        return self.answer(self.begin(service, kind, timeout_s=timeout_s, **fields), timeout_s)

    def begin(
        self, service: str, kind: type[Any], /, *, timeout_s: float | None = None, **fields: Any
    ) -> Call:
        """Send a request and return at once; `answer` waits for the response.

        Raises:
            NotOffered: The service is not there in time.
        """
        self.await_service(service, kind, timeout_s)
        return Call(service, self._clients[service].call_async(kind.Request(**fields)))

    def find(self, service: str, kind: type[Any]) -> None:
        """Begin to look for a service: its discovery takes a moment."""
        if service not in self._clients:
            self._clients[service] = self.node.create_client(kind, service)

    def await_service(self, service: str, kind: type[Any], timeout_s: float | None = None) -> None:
        """Return once a service is there.

        Raises:
            NotOffered: It is not, in time.
        """
        self.find(service, kind)
        try:
            self.patience.until(
                self._clients[service].service_is_ready,
                self._timeout_s(timeout_s),
                f'{service} was not offered',
            )
        except NotReached as error:
            raise NotOffered(str(error)) from error

    def answer(self, call: Call, timeout_s: float | None = None) -> Any:
        """Return the response to a call.

        Raises:
            NotReached: There is none in time.
        """
        self.patience.until(
            call.future.done, self._timeout_s(timeout_s), f'{call.service} did not answer'
        )
        return call.future.result()

    def _timeout_s(self, timeout_s: float | None) -> float:
        return self._answer_timeout_s if timeout_s is None else timeout_s
