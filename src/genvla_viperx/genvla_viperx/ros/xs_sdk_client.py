# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Client of Interbotix's driver xs_sdk: joint states, commands, services."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time
from typing import Any

from rclpy.callback_groups import CallbackGroup, MutuallyExclusiveCallbackGroup
from sensor_msgs.msg import JointState

from genvla_node.managed_node import ManagedNode
from genvla_node.qos import COMMAND, SENSOR
from genvla_viperx.arm.gripper import GripperMode
from genvla_viperx.arm.states import ArmCommand
from genvla_viperx.ros.conversions import (
    gripper_command_to_msg,
    group_command_to_msg,
)
from genvla_viperx.ros.wiring import Wiring, look_at_wiring
from interbotix_xs_msgs.msg import JointGroupCommand, JointSingleCommand
from interbotix_xs_msgs.srv import (
    OperatingModes,
    Reboot,
    RegisterValues,
    RobotInfo,
    TorqueEnable,
)

_WAITING_NEWS_S = 5.0
_ASK_AGAIN_S = 1.0
_WIRING_POLL_S = 0.1


class DriverMismatch(RuntimeError):
    """The driver does not answer, or is not configured as needed; the message says what to do."""


class XsSdkClient:
    """Topics and services of one robot's driver.

    Publishes: commands/joint_group, commands/joint_single (only while the node is active).
    Subscribes: joint_states.
    Calls: get_robot_info, set_operating_modes, get_motor_registers, set_motor_registers,
    reboot_motors, torque_enable. All names are below the robot's name.

    `call` blocks; another thread of the executor receives the services' answers.

    Attributes:
        num_commands: Number of commands published.
    """

    def __init__(
        self,
        node: ManagedNode,
        robot_name: str,
        *,
        gripper_mode: GripperMode,
        on_joint_state: Callable[[JointState], None],
        callback_group: CallbackGroup,
    ) -> None:
        """Connect to the driver; command nothing.

        Args:
            node: The node that owns the topics and services.
            robot_name: Namespace of the driver.
            gripper_mode: Determines the unit of commands/joint_single.
            on_joint_state: Called for every joint state, in callback_group.
            callback_group: Group of the joint states.
        """
        self._node = node
        self._robot_name = robot_name
        self._gripper_mode = gripper_mode
        self.num_commands = 0
        self._joint_commands = node.create_lifecycle_publisher(
            JointGroupCommand, f'{robot_name}/commands/joint_group', COMMAND
        )
        self._gripper_commands = node.create_lifecycle_publisher(
            JointSingleCommand, f'{robot_name}/commands/joint_single', COMMAND
        )
        self._joint_states = node.create_subscription(
            JointState,
            f'{robot_name}/joint_states',
            on_joint_state,
            SENSOR,
            callback_group=callback_group,
        )
        answers = MutuallyExclusiveCallbackGroup()
        self._clients = {
            name: node.create_client(service_type, f'{robot_name}/{name}', callback_group=answers)
            for service_type, name in (
                (RobotInfo, 'get_robot_info'),
                (OperatingModes, 'set_operating_modes'),
                (RegisterValues, 'get_motor_registers'),
                (RegisterValues, 'set_motor_registers'),
                (Reboot, 'reboot_motors'),
                (TorqueEnable, 'torque_enable'),
            )
        }

    def destroy(self) -> None:
        """Disconnect from the driver."""
        self._node.destroy_lifecycle_publisher(self._joint_commands)
        self._node.destroy_lifecycle_publisher(self._gripper_commands)
        self._node.destroy_subscription(self._joint_states)
        for client in self._clients.values():
            self._node.destroy_client(client)

    def wiring(self) -> Wiring:
        """Return what is wrong with the connection of the commands to the driver."""
        commands = (self._joint_commands.topic_name, self._gripper_commands.topic_name)
        # The driver also follows this topic, on which the bridge never publishes.
        trajectory = commands[0].replace('joint_group', 'joint_trajectory')
        return look_at_wiring(
            self._node, commands, self._joint_states.topic_name, unused_topics=(trajectory,)
        )

    def await_wiring(self, timeout_s: float) -> None:
        """Wait until commands reach the driver, because its endpoints are discovered gradually.

        Raises:
            DriverMismatch: They do not reach it within timeout_s.
        """
        end_s = time.monotonic() + timeout_s
        while True:
            wiring = self.wiring()
            if not (objection := wiring.unheard or wiring.undiscovered):
                return
            if time.monotonic() > end_s:
                raise DriverMismatch(objection)
            time.sleep(_WIRING_POLL_S)

    def publish(self, command: ArmCommand | None) -> None:
        """Send a command, if there is one and the node is active."""
        if command is None:
            return
        self.num_commands += 1
        self._joint_commands.publish(group_command_to_msg(command.q))
        if command.gripper_m is not None:
            self._gripper_commands.publish(
                gripper_command_to_msg(command.gripper_m, self._gripper_mode)
            )

    def await_driver(self, timeout_s: float) -> None:
        """Wait for the driver's first service, and log the wait now and then.

        Raises:
            DriverMismatch: It has not appeared within timeout_s.
        """
        client, waited_s = self._clients['get_robot_info'], 0.0
        while not client.wait_for_service(timeout_sec=min(_WAITING_NEWS_S, timeout_s - waited_s)):
            waited_s += _WAITING_NEWS_S
            if waited_s >= timeout_s:
                raise DriverMismatch(
                    f'no service {self._robot_name}/get_robot_info within {timeout_s:g} s; start '
                    "Interbotix's driver (xsarm_control.launch.py robot_model:=vx300s), or check "
                    'robot_name and ROS_DOMAIN_ID'
                )
            self._node.get_logger().info(
                f'still waiting for {self._robot_name}/get_robot_info ({waited_s:g} of '
                f'{timeout_s:g} s)'
            )

    def call(self, name: str, request: Any, timeout_s: float) -> Any:
        """Call a service and return its answer; blocks, so not for a callback the answer needs.

        Requests that only read (get_*) are repeated while there is no answer. For some seconds,
        DDS still lists the service of a killed driver, and a request to it is lost.

        Raises:
            DriverMismatch: The service is not there, or does not answer within timeout_s.
        """
        client = self._clients[name]
        end_s = time.monotonic() + timeout_s
        # The driver's services do not appear all at once, and are not discovered all at once.
        if not client.wait_for_service(timeout_sec=timeout_s):
            raise DriverMismatch(
                f'no service {self._robot_name}/{name} within {timeout_s:g} s; check that the '
                "node with this name is Interbotix's driver"
            )
        while True:
            left_s = max(end_s - time.monotonic(), 0.0)
            answered = threading.Event()
            future = client.call_async(request)
            future.add_done_callback(lambda _, answered=answered: answered.set())
            if answered.wait(min(left_s, _ASK_AGAIN_S) if name.startswith('get_') else left_s):
                return future.result()
            client.remove_pending_request(future)
            if time.monotonic() >= end_s:
                raise DriverMismatch(
                    f'{self._robot_name}/{name} did not answer within {timeout_s:g} s; check that '
                    'the driver runs and is not busy, and that this node runs on a '
                    'MultiThreadedExecutor'
                )

    def ask(self, name: str, request: Any, on_answer: Callable[[Any], None]) -> Callable[[], None]:
        """Call a service without waiting; on_answer gets the answer, if there is one.

        Returns:
            A function that abandons the request.
        """
        client = self._clients[name]
        future = client.call_async(request)
        future.add_done_callback(lambda done: on_answer(done.result()))
        return lambda: client.remove_pending_request(future)
