# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read the arm's obstacles from the bridge."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from rcl_interfaces.srv import GetParameters
from rclpy.node import Node
from rclpy.task import Future

from genvla_node.node_names import BRIDGE
from genvla_viperx.arm.obstacles import BOX_SIZE, Obstacles

_NAMES = ['table_height', 'keep_out_boxes']


class ObstacleClient:
    """Reads the table and the boxes from the bridge's parameters."""

    def __init__(self, node: Node, take: Callable[[Obstacles], None]) -> None:
        """Start to look for the bridge.

        Args:
            node: Node that another thread spins.
            take: Callback for every response.
        """
        self._client = node.create_client(GetParameters, f'{BRIDGE}/get_parameters')
        self._take = take

    def ask(self) -> None:
        """Send a request if the bridge is available; the response arrives later."""
        if self._client.service_is_ready():
            request = GetParameters.Request(names=_NAMES)
            self._client.call_async(request).add_done_callback(self._answered)

    def _answered(self, future: Future) -> None:
        height, boxes = future.result().values
        boxes_N6 = np.reshape(boxes.double_array_value, (-1, BOX_SIZE))
        self._take(Obstacles(height.double_value, boxes_N6))
