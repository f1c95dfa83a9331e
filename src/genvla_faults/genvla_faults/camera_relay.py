# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Relay the simulator's images: a camera that can be killed while the arm keeps running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import sys
from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import Image

from genvla_node.main import run
from genvla_node.parameters import NodeParameters, parameter
from genvla_node.qos import SENSOR, USB_CAM


@dataclass(frozen=True)
class CameraRelayParams:
    """Input and output topic."""

    incoming: str = parameter('camera/image_raw', 'Topic of the simulated camera.')
    outgoing: str = parameter('robot_camera/image_raw', 'Topic to publish on.')


class CameraRelay(Node):
    """Publishes the serialised images that it receives."""

    def __init__(self, **kwargs: Any) -> None:
        """Start to relay images."""
        super().__init__('camera_relay', **kwargs)
        params = NodeParameters(self, CameraRelayParams, for_good=True).freeze()
        publisher = self.create_publisher(Image, params.outgoing, USB_CAM)
        self.create_subscription(Image, params.incoming, publisher.publish, SENSOR, raw=True)


def main(args: Sequence[str] | None = None) -> int:
    """Run the relay until shutdown."""
    return run(lambda: [CameraRelay()], args)


if __name__ == '__main__':
    sys.exit(main())
