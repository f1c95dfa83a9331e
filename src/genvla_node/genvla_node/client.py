# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Services with a deadline and lifecycle steps, for who waits in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import time
from typing import Any, TypeVar

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.node import Node

T = TypeVar('T')

_POLL_PERIOD_S = 0.02

TRANSITIONS = {
    'configure': Transition.TRANSITION_CONFIGURE,
    'activate': Transition.TRANSITION_ACTIVATE,
    'deactivate': Transition.TRANSITION_DEACTIVATE,
    'cleanup': Transition.TRANSITION_CLEANUP,
}


class NotReached(RuntimeError):
    """Something that had to happen did not happen in time, or was refused."""


class NotOffered(NotReached):
    """Nobody offers a service."""


class Refused(NotReached):
    """A lifecycle node refused a transition; says in which state it is."""


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


@dataclass(frozen=True)
class Call:
    """A service call that is under way: the service's name, and the future of its response."""

    name: str
    future: Any


@dataclass(frozen=True)
class Step:
    """A lifecycle transition that is under way."""

    node_name: str
    transition: str
    call: Call


class ServiceCaller:
    """Calls services by name; some other thread spins the node.

    Attributes:
        node: Through which it calls.
        patience: With which it waits.
    """

    def __init__(self, node: Node, patience: Patience) -> None:
        """Call through `node`, wait with `patience`."""
        self.node = node
        self.patience = patience
        self._clients: dict[str, Any] = {}

    def call(self, name: str, service: type, request: Any, timeout_s: float) -> Any:
        """Returns the service's response.

        Raises:
            NotReached: the service is not there, or does not answer in time.
        """
        return self.answer(self.begin(name, service, request, timeout_s), timeout_s)

    def begin(self, name: str, service: type, request: Any, timeout_s: float) -> Call:
        """Send a request and go on; `answer` waits for the response.

        Raises:
            NotOffered: the service is not there in time.
        """
        if name not in self._clients:
            self._clients[name] = self.node.create_client(service, name)
        client = self._clients[name]
        try:
            self.patience.until(client.service_is_ready, timeout_s, f'{name} was not offered')
        except NotReached as error:
            raise NotOffered(str(error)) from error
        return Call(name, client.call_async(request))

    def answer(self, call: Call, timeout_s: float) -> Any:
        """Returns the response to a call.

        Raises:
            NotReached: there is none in time.
        """
        self.patience.until(call.future.done, timeout_s, f'{call.name} did not answer')
        return call.future.result()

    def change_state(self, node_name: str, transition: str, timeout_s: float) -> None:
        """Take a lifecycle node through one transition, such as `configure`.

        Raises:
            Refused: the node did not make it.
            NotReached: it is not there, or does not answer in time.
        """
        self.finish(self.begin_step(node_name, transition, timeout_s), timeout_s)

    def begin_step(self, node_name: str, transition: str, timeout_s: float) -> Step:
        """Ask a lifecycle node for one transition and go on; `finish` waits for its end.

        Raises:
            NotOffered: the node is not there in time.
        """
        # With the label, a transition that does not fit is refused; by id alone it would end a
        # node of rclpy with an exception (7.1).
        wanted = Transition(id=TRANSITIONS[transition], label=transition)
        request = ChangeState.Request(transition=wanted)
        call = self.begin(f'{node_name}/change_state', ChangeState, request, timeout_s)
        return Step(node_name, transition, call)

    def finish(self, step: Step, timeout_s: float) -> None:
        """Wait until a transition is through.

        Raises:
            Refused: the node did not make it.
            NotReached: it does not answer in time.
        """
        if self.answer(step.call, timeout_s).success:
            return
        state = self.call(f'{step.node_name}/get_state', GetState, GetState.Request(), timeout_s)
        raise Refused(
            f'{step.node_name} refused to {step.transition}: it is {state.current_state.label}'
        )
