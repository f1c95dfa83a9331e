# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The demo's node in the graph: it records, and keeps the newest data that the demo acts on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
import contextlib
from pathlib import Path

from diagnostic_msgs.msg import DiagnosticArray
from genvla_msgs.msg import ActionChunk
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from genvla_bringup.operate.bridge_news import interventions
from genvla_bringup.recording.recorder_thread import RecorderThread
from genvla_node.node_names import BRIDGE, POLICY
from genvla_node.qos import COMMAND, SENSOR, STATUS_LATCHED
from genvla_node.spinning import spun_node
from genvla_node.stamps import seconds_from_stamp


@contextlib.contextmanager
def graph_client(domain_id: int, bag: Path) -> Iterator[GraphClient]:
    """Join the graph and record it into the new folder `bag` until the context exits.

    `bag` must not exist.

    Raises:
        OSError: The bag cannot be written, for example because the disk is full.
    """
    failures: list[BaseException] = []
    with spun_node('demo', domain_id=domain_id, failures=failures) as node:
        client = GraphClient(node, RecorderThread(bag, {}, node.context), failures)
        try:
            yield client
        finally:
            client.recording.close()
        client.check()


class GraphClient:
    """Subscribes to the topics that the demo acts on.

    Threads: one thread spins the node. It stores single references, each replaced as a whole, and
    a queue. The recording has its own thread.
    """

    def __init__(
        self, node: Node, recording: RecorderThread, failures: list[BaseException]
    ) -> None:
        """Subscribe through a node that another thread spins; that thread adds to `failures`."""
        self._failures = failures
        self.node = node
        self.recording = recording
        self.joint_positions: dict[str, float] = {}
        self._bridge_statuses: deque[str] = deque()
        self.inference_s: float | None = None
        self.instruction = ''
        self.interventions: dict[str, int] = {}
        for message_type, topic, callback, qos in (
            (JointState, 'vx300s/joint_states', self._on_joint_states, SENSOR),
            (DiagnosticArray, '/diagnostics', self._on_diagnostics, COMMAND),
            (ActionChunk, 'action_chunk', self._on_chunk, COMMAND),
            (String, f'{POLICY}/instruction', self._on_instruction, STATUS_LATCHED),
        ):
            node.create_subscription(message_type, topic, callback, qos)

    def check(self) -> None:
        """Raise the error that ended either thread, such as a full disk; otherwise do nothing."""
        if self._failures:
            raise self._failures[0]
        if self.recording.failure is not None:
            raise self.recording.failure

    def take_bridge_statuses(self) -> list[str]:
        """Return the bridge statuses received since the last call, oldest first."""
        return [self._bridge_statuses.popleft() for _ in range(len(self._bridge_statuses))]

    def _on_joint_states(self, message: JointState) -> None:
        self.joint_positions = dict(zip(message.name, message.position, strict=True))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == BRIDGE:
                self._bridge_statuses.append(status.message)
                self.interventions = interventions({v.key: v.value for v in status.values})

    def _on_instruction(self, message: String) -> None:
        self.instruction = message.data

    def _on_chunk(self, message: ActionChunk) -> None:
        self.inference_s = seconds_from_stamp(message.inference_time)
