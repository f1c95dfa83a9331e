# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page may do to the robot, and for whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import contextlib

from genvla_msgs.srv import StartEpisode, StopEpisode
from rclpy.node import Node
from std_msgs.msg import Bool

from genvla_console.web.steering import NotGranted
from genvla_console.web.token import Token
from genvla_node.client import Nodes
from genvla_node.node_names import BRIDGE
from genvla_node.qos import HEARTBEAT
from genvla_node.service_calls import NotReached

_ANSWER_TIMEOUT_S = 10.0
_REBOOT_TIMEOUT_S = 120.0
_RECORDER = 'episode_recorder'


class Controls:
    """Steers the robot through its nodes. Every request brings the token along, but `stop`.

    Whoever sees the robot may stop it: a stop moves nothing, and the one who needs it may have no
    time to look for a token.
    """

    def __init__(self, node: Node, token: Token) -> None:
        """Find the nodes.

        Args:
            node: Spun by another thread.
            token: What a request has to bring along.
        """
        self._token = token
        self._nodes = Nodes(node, answer_timeout_s=_ANSWER_TIMEOUT_S)
        self._dead_man = node.create_publisher(Bool, f'{BRIDGE}/dead_man', HEARTBEAT)
        self._requests: dict[str, Callable[[str], str]] = {
            'instruct': self._nodes.instruct,
            'resume': lambda _: self._nodes.resume(),
            'home': lambda _: self._nodes.home(),
            'sleep': lambda _: self._nodes.sleep(),
            'clear_fault': lambda _: self._nodes.trigger(
                f'{BRIDGE}/clear_fault', _REBOOT_TIMEOUT_S
            ),
            'record': self._record,
            'end_record': self._end_record,
        }

    def stop(self) -> str:
        """See Steering."""
        with _granted():
            return self._nodes.stop()

    def ask(self, token: object, name: str, text: str = '') -> str:
        """See Steering."""
        self._token.check(token)
        if name not in self._requests:
            raise NotGranted(f'there is no request {name!r}')
        with _granted():
            return self._requests[name](text)

    def hold_dead_man(self, token: object) -> None:
        """See Steering."""
        self._token.check(token)
        self._dead_man.publish(Bool(data=True))

    def _record(self, instruction: str) -> str:
        answer = self._nodes.call(f'{_RECORDER}/start', StartEpisode, instruction=instruction)
        if not answer.accepted:
            raise NotGranted(answer.message)
        return f'{answer.message} ({answer.bag})'

    def _end_record(self, outcome: str) -> str:
        answer = self._nodes.call(f'{_RECORDER}/stop', StopEpisode, outcome=outcome)
        if not answer.accepted:
            raise NotGranted(answer.message)
        return f'{answer.message} ({answer.bag})'


@contextlib.contextmanager
def _granted() -> Iterator[None]:
    """Turn what nodes refuse into what the page tells."""
    try:
        yield
    except NotReached as error:
        raise NotGranted(str(error)) from error
