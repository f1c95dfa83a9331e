# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure the age of the image behind each chunk."""

from __future__ import annotations

from genvla_msgs.msg import ActionChunk

from genvla_faults.live_loop import LiveLoop
from genvla_node.qos import COMMAND
from genvla_node.stamps import seconds_from_stamp


class ChunkLatency:
    """Age of each chunk's image when the chunk arrives."""

    def __init__(self, loop: LiveLoop) -> None:
        """Subscribe to the chunks."""
        self._node = loop.node
        self._ages_ms: list[float] = []
        loop.node.create_subscription(ActionChunk, 'action_chunk', self._take, COMMAND)

    def take_all(self) -> list[float]:
        """Return the ages that were measured since the last call [ms]."""
        ages, self._ages_ms = self._ages_ms, []
        return ages

    def _take(self, message: ActionChunk) -> None:
        now_s = self._node.get_clock().now().nanoseconds / 1e9
        self._ages_ms.append(1e3 * (now_s - seconds_from_stamp(message.header.stamp)))
