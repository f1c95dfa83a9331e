# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Stand-in for `robot_state_publisher`, which Interbotix's driver starts: frames for viewers."""

from __future__ import annotations

from typing import Any

from builtin_interfaces.msg import Time
from geometry_msgs.msg import TransformStamped
import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from std_msgs.msg import Header, String

from genvla_node.qos import STATUS_LATCHED, TRANSFORMS
from genvla_sim.physics.simulation_loop import SimulationLoop
from genvla_sim.ros.stamping import present_stamp
from genvla_sim.scene.camera import TABLE_CAMERA
from genvla_viperx.arm.description import BASE_LINK, LINKS, relative_poses, urdf
from genvla_viperx.arm.vx300s import NUM_JOINTS
from genvla_viperx.ros.conversions import transform_to_msg
from tf2_msgs.msg import TFMessage

_PERIOD_S = 0.05
"""Default period of robot_state_publisher."""


class RobotStatePublisherNode(Node):
    """Imitates `robot_state_publisher`; start it in the namespace of the robot's name.

    Publishes: /tf (20 Hz): each link in its parent; /tf_static: the tool in the gripper, and the
    camera in the base; robot_description (std_msgs/String): the URDF, latched.

    Threads: the loop's thread publishes.
    """

    def __init__(
        self, loop: SimulationLoop, robot_name: str, camera_frame: str, **kwargs: Any
    ) -> None:
        """Publish the static transforms and the description.

        Args:
            loop: Loop of the arm.
            robot_name: Prefix of the frame names.
            camera_frame: Optical frame of the pictures.
            kwargs: Passed on to Node.
        """
        super().__init__('robot_state_publisher', **kwargs)
        self._loop, self._robot_name, self._next_due_s = loop, robot_name, 0.0
        self._description = self.create_publisher(String, 'robot_description', STATUS_LATCHED)
        self._moving = self.create_publisher(TFMessage, '/tf', TRANSFORMS)
        self._fixed = self.create_publisher(TFMessage, '/tf_static', STATUS_LATCHED)
        self._description.publish(String(data=urdf(robot_name)))
        stamp = present_stamp(self, loop)
        tool = relative_poses(np.zeros(NUM_JOINTS))[-1]
        self._fixed.publish(
            TFMessage(
                transforms=[
                    self._transform(stamp, LINKS[-2], self._frame(LINKS[-1]), tool),
                    self._transform(stamp, BASE_LINK, camera_frame, TABLE_CAMERA.base_T_optical),
                ]
            )
        )
        loop.add_listener(self._publish)

    def destroy_node(self) -> None:
        """Stop the loop, which publishes through this node, and destroy the node."""
        self._loop.stop()
        super().destroy_node()

    def _publish(self, time_s: float) -> None:
        if time_s < self._next_due_s:
            return
        self._next_due_s = time_s + _PERIOD_S
        if not self._moving.get_subscription_count():
            return
        stamp = present_stamp(self, self._loop)
        poses = relative_poses(np.array(self._loop.arm.readings().position[:NUM_JOINTS]))
        parents = (BASE_LINK, *LINKS[:-2])
        self._moving.publish(
            TFMessage(
                transforms=[
                    self._transform(stamp, parent, self._frame(link), pose)
                    for parent, link, pose in zip(parents, LINKS[:-1], poses[:-1], strict=True)
                ]
            )
        )

    def _frame(self, link: str) -> str:
        return f'{self._robot_name}/{link}'

    def _transform(
        self, stamp: Time, parent: str, child: str, pose: NDArray[np.float64]
    ) -> TransformStamped:
        header = Header(stamp=stamp, frame_id=self._frame(parent))
        return transform_to_msg(pose, header=header, child=child)
