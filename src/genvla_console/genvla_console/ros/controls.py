# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The requests that the page may send to the robot, and their authorisation."""

from __future__ import annotations

from dataclasses import dataclass
import time
from typing import Any

from genvla_msgs.srv import SetInstruction, StartEpisode, StopEpisode
from rclpy.node import Node
from std_msgs.msg import Bool
from std_srvs.srv import Trigger

from genvla_console.web.pulse import check_pulse
from genvla_console.web.steering import NotGranted
from genvla_console.web.token import Token
from genvla_node.node_names import BRIDGE, POLICY
from genvla_node.qos import HEARTBEAT
from genvla_node.service_calls import NotReached, ServiceCaller
from genvla_policy.text.stop_request import asks_to_stop

_THERE_S = 1.0
"""Maximum wait for a service [s]. A request must not wait longer, or the arm could move
unexpectedly."""
_STOP_TIMEOUT_S, _ANSWER_TIMEOUT_S, _REBOOT_TIMEOUT_S = 2.0, 10.0, 120.0
_RECORDER = 'episode_recorder'
_STOP = f'{BRIDGE}/stop'


@dataclass(frozen=True)
class _Service:
    """The service for a request.

    Attributes:
        name: Name of the service.
        kind: Type of the service.
        field: Field of its request for the text; empty: none.
        timeout_s: Timeout of the response [s].
    """

    name: str
    kind: Any
    field: str = ''
    timeout_s: float = _ANSWER_TIMEOUT_S


_SERVICES = {
    'instruct': _Service(f'{POLICY}/set_instruction', SetInstruction, 'instruction'),
    'resume': _Service(f'{BRIDGE}/resume', Trigger),
    'home': _Service(f'{BRIDGE}/home', Trigger),
    'sleep': _Service(f'{BRIDGE}/sleep', Trigger),
    'clear_fault': _Service(f'{BRIDGE}/clear_fault', Trigger, timeout_s=_REBOOT_TIMEOUT_S),
    'record': _Service(f'{_RECORDER}/start', StartEpisode, 'instruction'),
    'end_record': _Service(f'{_RECORDER}/stop', StopEpisode, 'outcome'),
}


class Controls:
    """Controls the robot through its nodes. Every request except a stop requires the token.

    Anyone who sees the robot may stop it: a stop moves nothing, and there may be no time to find a
    token. A stop takes precedence over every pending request.

    A request that was delayed on its way is rejected.
    """

    def __init__(self, node: Node, token: Token) -> None:
        """Start to look for the nodes.

        Args:
            node: Node that another thread spins.
            token: Token that requests must have.
        """
        self._token = token
        self._caller = ServiceCaller(node)
        self._num_stops = 0
        self._dead_man = node.create_publisher(Bool, f'{BRIDGE}/dead_man', HEARTBEAT)
        self._caller.find(_STOP, Trigger)
        for service in _SERVICES.values():
            self._caller.find(service.name, service.kind)

    def stop(self) -> str:
        """See Steering."""
        self._num_stops += 1
        try:
            call = self._caller.begin(_STOP, Trigger, timeout_s=_THERE_S)
            answer = self._caller.answer(call, _STOP_TIMEOUT_S)
        except NotReached as error:
            raise NotGranted(f'NOT STOPPED: {error}; cut the power') from error
        if not answer.success:
            raise NotGranted(f'NOT STOPPED: {answer.message}')
        return str(answer.message)

    def ask(self, token: object, pulse: object, name: str, text: str = '') -> str:
        """See Steering."""
        if name == 'instruct' and asks_to_stop(text):
            return self.stop()
        self._token.check(token)
        check_pulse(pulse, time.monotonic())
        if name not in _SERVICES:
            raise NotGranted(f'unknown request {name!r}')
        service, num_stops = _SERVICES[name], self._num_stops
        try:
            self._caller.await_service(service.name, service.kind, _THERE_S)
            if self._num_stops != num_stops:
                raise NotGranted(f'{name} was dropped because of a stop')
            fields: dict[str, Any] = {service.field: text} if service.field else {}
            call = self._caller.begin(service.name, service.kind, **fields)
            answer = self._caller.answer(call, service.timeout_s)
        except NotReached as error:
            raise NotGranted(str(error)) from error
        if self._num_stops != num_stops:
            # The bridge may have processed the stop before this request.
            return self.stop()
        return _message(answer)

    def hold_dead_man(self, token: object, pulse: object, *, held: bool) -> None:
        """See Steering."""
        self._token.check(token)
        if held:
            check_pulse(pulse, time.monotonic())
        self._dead_man.publish(Bool(data=held))


def _message(answer: Any) -> str:
    """Return the message of a service's response.

    Raises:
        NotGranted: The service rejected the request.
    """
    bag = getattr(answer, 'bag', '')
    message = f'{answer.message} ({bag})' if bag else str(answer.message)
    granted = answer.success if hasattr(answer, 'success') else answer.accepted
    if not granted:
        raise NotGranted(message)
    return message
