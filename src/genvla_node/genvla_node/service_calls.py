# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Call services with a timeout, from a program that waits in its own thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import time
from typing import Any, TypeVar

from rclpy.node import Node

T = TypeVar('T')

_POLL_PERIOD_S = 0.02


class NotReached(RuntimeError):
    """A required step did not happen in time, or was refused."""


class NotOffered(NotReached):
    """The service is not available."""


class Patience:
    """Waits for conditions, and watches for failures meanwhile."""

    def __init__(self, watch: Callable[[], None] = lambda: None) -> None:
        """Set the function that is called repeatedly during every wait; it may raise."""
        self._watch = watch

    def until(self, condition: Callable[[], T], timeout_s: float, what: str) -> T:
        """Return the condition's first truthy value.

        Raises:
            NotReached: The condition had none within `timeout_s`; `what` starts the message.
        """
        deadline_s = time.monotonic() + timeout_s
        while not (value := condition()):
            self._watch()
            if time.monotonic() > deadline_s:
                raise NotReached(f'{what} within {timeout_s:g} s')
            time.sleep(_POLL_PERIOD_S)
        return value

    def for_duration(self, duration_s: float) -> None:
        """Wait for a duration [s]."""
        deadline_s = time.monotonic() + duration_s
        while time.monotonic() < deadline_s:
            self._watch()
            time.sleep(_POLL_PERIOD_S)


@dataclass(frozen=True)
class Call:
    """A service call in progress: the service's name, and the future of its response."""

    service: str
    future: Any


class ServiceCaller:
    """Calls services by name while another thread spins the node.

    A timeout of None means `answer_timeout_s`.

    Attributes:
        node: Node that calls the services.
        patience: Used for every wait.
    """

    def __init__(
        self, node: Node, patience: Patience | None = None, *, answer_timeout_s: float = 10.0
    ) -> None:
        """Call services through a node.

        Args:
            node: Spun by another thread.
            patience: Used for every wait; None: watch nothing meanwhile.
            answer_timeout_s: Longest wait for a service to appear, and then for its answer [s].
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
            service: Name of the service, such as `sim/reset`.
            kind: Type of the service.
            timeout_s: Longest wait for the service to appear, and then for its answer [s].
            **fields: Fields of the request.

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
        """Start the discovery of a service, which takes a moment."""
        if service not in self._clients:
            self._clients[service] = self.node.create_client(kind, service)

    def await_service(self, service: str, kind: type[Any], timeout_s: float | None = None) -> None:
        """Return once a service is there.

        Raises:
            NotOffered: The service is not there in time.
        """
        self.find(service, kind)
        try:
            self.patience.until(
                self._clients[service].service_is_ready,
                self._timeout_s(timeout_s),
                f'{service} was not available',
            )
        except NotReached as error:
            raise NotOffered(str(error)) from error

    def answer(self, call: Call, timeout_s: float | None = None) -> Any:
        """Return the response to a call.

        Raises:
            NotReached: No response arrived in time.
        """
        self.patience.until(
            call.future.done, self._timeout_s(timeout_s), f'{call.service} did not answer'
        )
        return call.future.result()

    def _timeout_s(self, timeout_s: float | None) -> float:
        return self._answer_timeout_s if timeout_s is None else timeout_s
