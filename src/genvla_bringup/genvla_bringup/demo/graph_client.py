# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The demo's own place in the graph: a recorder and a node to call services with."""

from __future__ import annotations

from collections import deque
from pathlib import Path
import threading
from types import TracebackType

from diagnostic_msgs.msg import DiagnosticArray
from genvla_msgs.msg import ActionChunk
import rclpy
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from genvla_bringup.operate.bridge_news import interventions
from genvla_bringup.recording.graph_recorder import Recorder
from genvla_node.node_names import BRIDGE
from genvla_node.qos import COMMAND, SENSOR, STATUS_LATCHED
from genvla_node.stamps import seconds_from_stamp


class GraphClient:
    """Records the graph and knows the newest of what the demo acts on; leave it to close the bag.

    Threads: one, which spins both nodes. What it stores are single references, replaced whole,
    and a queue.
    """

    def __init__(self, domain_id: int, bag: Path) -> None:
        """Join the graph and start to record into the folder `bag`, which must not exist."""
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain_id)
        self.node = rclpy.create_node('demo', context=self._context)
        self.recorder = Recorder(bag, context=self._context)
        self.joint_positions: dict[str, float] = {}
        self.bridge_state = ''
        self._bridge_statuses: deque[str] = deque()
        self.inference_s: float | None = None
        self.interventions: dict[str, int] = {}
        self._failure: BaseException | None = None
        self._subscribe()
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._executor.add_node(self.recorder)
        self._thread = threading.Thread(target=self._spin, name='graph client', daemon=True)

    def __enter__(self) -> GraphClient:
        """Start to spin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop to spin, close the bag, leave the graph."""
        self._executor.shutdown()
        self._thread.join()
        self.recorder.destroy_node()
        self.node.destroy_node()
        self._context.try_shutdown()

    def check(self) -> None:
        """Raise what the spinning thread died of, such as a full disk; nothing while it spins."""
        if self._failure is not None:
            raise self._failure

    def take_bridge_statuses(self) -> list[str]:
        """Returns what the bridge has said of itself since the last call, oldest first."""
        return [self._bridge_statuses.popleft() for _ in range(len(self._bridge_statuses))]

    def _subscribe(self) -> None:
        for message_type, topic, callback, qos in (
            (JointState, 'vx300s/joint_states', self._on_joint_states, SENSOR),
            (String, 'viperx_bridge/state', self._on_bridge_state, STATUS_LATCHED),
            (DiagnosticArray, '/diagnostics', self._on_diagnostics, COMMAND),
            (ActionChunk, 'action_chunk', self._on_chunk, COMMAND),
        ):
            self.node.create_subscription(message_type, topic, callback, qos)

    def _on_joint_states(self, message: JointState) -> None:
        self.joint_positions = dict(zip(message.name, message.position, strict=True))

    def _on_bridge_state(self, message: String) -> None:
        self.bridge_state = message.data

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == BRIDGE:
                self._bridge_statuses.append(status.message)
                self.interventions = interventions({v.key: v.value for v in status.values})

    def _on_chunk(self, message: ActionChunk) -> None:
        self.inference_s = seconds_from_stamp(message.inference_time)

    def _spin(self) -> None:
        try:
            self._executor.spin()
        except ExternalShutdownException:
            return
        except BaseException as error:
            self._failure = error
