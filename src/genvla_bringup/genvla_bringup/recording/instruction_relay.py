# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Relay the instructions of a bag that is being played to the policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genvla_msgs.srv import SetInstruction
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from std_msgs.msg import String

from genvla_node.main import run
from genvla_node.qos import STATUS_LATCHED


class InstructionRelay(Node):
    """Sends recorded instructions to the policy's service, in order.

    Subscribes:
        recorded/instruction (std_msgs/String, latched): `policy/instruction` as it was recorded.
    Calls:
        policy/set_instruction (genvla_msgs/SetInstruction).

    The node logs an error for an instruction that the policy refuses, or that arrives before the
    service is available.

    Threads: one.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Subscribe, and look for the service."""
        super().__init__('instruction_relay', **kwargs)
        self._client = self.create_client(SetInstruction, 'policy/set_instruction')
        self.create_subscription(
            String, 'recorded/instruction', self._on_instruction, STATUS_LATCHED
        )

    def _on_instruction(self, message: String) -> None:
        if not self._client.service_is_ready():
            self.get_logger().error(
                f'policy/set_instruction is not available, so {message.data!r} is lost; play the '
                'bag when the policy has loaded its checkpoint (delay_s)'
            )
            return
        future = self._client.call_async(SetInstruction.Request(instruction=message.data))
        future.add_done_callback(lambda done: self._on_answer(message.data, done.result()))

    def _on_answer(self, instruction: str, answer: SetInstruction.Response) -> None:
        if not answer.accepted:
            self.get_logger().error(f'the policy refused {instruction!r}: {answer.message}')


def main(args: Sequence[str] | None = None) -> int:
    """Relay instructions until shutdown."""
    return run(lambda: [InstructionRelay()], args, make_executor=SingleThreadedExecutor)


if __name__ == '__main__':
    raise SystemExit(main())
