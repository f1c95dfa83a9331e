# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulated robot as one process: scene, arm driver and camera over the same physics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rclpy.node import Node

from genvla_node.main import run
from genvla_node.parameters import refuse_unknown
from genvla_sim.ros.robot_state_publisher import RobotStatePublisherNode
from genvla_sim.ros.sim_node import SimNode
from genvla_sim.ros.usb_cam import UsbCamNode
from genvla_sim.ros.xs_sdk import XsSdkNode


def make_nodes(**kwargs: Any) -> list[Node]:
    """Build the scene, the camera and the nodes of Interbotix's driver, and start the simulation.

    Args:
        kwargs: Arguments for every node, such as `context`.

    Raises:
        ParameterError: A parameter has a wrong value, or no node has a parameter of that name.
    """
    sim = SimNode(**kwargs)
    above = sim.get_namespace().rstrip('/')
    name = sim.params.robot_name
    of_robot = {**_in_namespace(f'{above}/{name}'), **kwargs}
    arm = XsSdkNode(sim.loop, **of_robot)
    camera = UsbCamNode(sim.loop, name, **_in_namespace(f'{above}/camera'), **kwargs)
    frames = RobotStatePublisherNode(sim.loop, name, camera.frame_id, **of_robot)
    nodes = [sim, arm, camera, frames]
    refuse_unknown(nodes)
    sim.loop.start()
    return nodes


def _in_namespace(namespace: str) -> dict[str, Any]:
    """Return arguments that set a node's namespace, even if the command line sets one for all."""
    return {'namespace': namespace, 'cli_args': ['--ros-args', '-r', f'__ns:={namespace}']}


def main(args: Sequence[str] | None = None) -> int:
    """Run the simulated robot until it is stopped."""
    return run(make_nodes, args)


if __name__ == '__main__':
    raise SystemExit(main())
