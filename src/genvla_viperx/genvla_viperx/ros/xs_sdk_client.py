# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Interbotix's driver xs_sdk as the bridge uses it: joint states, commands, modes."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time
from typing import Any

import numpy as np
from rclpy.callback_groups import CallbackGroup, MutuallyExclusiveCallbackGroup
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import JointState

from genvla_node.qos import COMMAND, SENSOR
from genvla_viperx import vx300s
from genvla_viperx.arm_interface import ArmCommand
from genvla_viperx.ros.conversions import (
    ARM_GROUP,
    gripper_command_to_msg,
    group_command_to_msg,
)
from interbotix_xs_msgs.msg import JointGroupCommand, JointSingleCommand
from interbotix_xs_msgs.srv import OperatingModes, RegisterValues, RobotInfo

_ARM = ('group', ARM_GROUP)
_GRIPPER = ('single', vx300s.GRIPPER_NAME)
_PROFILE_REGISTERS = ('Profile_Velocity', 'Profile_Acceleration')
_LIMIT_TOLERANCE = 1e-3


class DriverMismatch(RuntimeError):
    """The driver does not answer, or is not set up as the bridge needs it; says what to do."""


class XsSdkClient:
    """Topics and services of one robot's driver.

    Publishes: commands/joint_group, commands/joint_single (only while the node is active).
    Subscribes: joint_states.
    Calls: get_robot_info, set_operating_modes, get_motor_registers, set_motor_registers.
    All below the robot's name.

    `prepare` blocks; the services' answers come in on another thread of the executor.
    """

    def __init__(
        self,
        node: LifecycleNode,
        robot_name: str,
        *,
        on_joint_state: Callable[[JointState], None],
        callback_group: CallbackGroup,
    ) -> None:
        """Connects; commands nothing.

        Args:
            node: The node that it belongs to.
            robot_name: The driver's namespace.
            on_joint_state: Called for every joint state, in callback_group.
            callback_group: Of the joint states.
        """
        self._node = node
        self._robot_name = robot_name
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
            )
        }

    def destroy(self) -> None:
        """Disconnects."""
        self._node.destroy_lifecycle_publisher(self._joint_commands)
        self._node.destroy_lifecycle_publisher(self._gripper_commands)
        self._node.destroy_subscription(self._joint_states)
        for client in self._clients.values():
            self._node.destroy_client(client)

    def publish(self, command: ArmCommand) -> None:
        """Sends a command, if the node is active."""
        self._joint_commands.publish(group_command_to_msg(command.q))
        if command.gripper_m is not None:
            self._gripper_commands.publish(gripper_command_to_msg(command.gripper_m))

    def prepare(
        self, *, move_time_s: float, acceleration_time_s: float, may_set: bool, timeout_s: float
    ) -> None:
        """Checks that the driver is that of a ViperX 300 S in the modes that the bridge needs.

        The arm needs mode position with a time profile, the gripper linear_position with the same.
        A wrong profile time is only written to its registers; a wrong mode has to be set, which
        takes the torque off for a moment.

        Args:
            move_time_s: Profile time of the arm and the gripper [s].
            acceleration_time_s: Ramp of it [s].
            may_set: Whether to set what is wrong, or to refuse it.
            timeout_s: Longest wait for the driver to appear, and for each answer [s].

        Raises:
            DriverMismatch: If the driver is not there or cannot be used as it is.
        """
        if not self._clients['get_robot_info'].wait_for_service(timeout_sec=timeout_s):
            raise DriverMismatch(
                f'no service {self._robot_name}/get_robot_info within {timeout_s:g} s; start '
                "Interbotix's driver (xsarm_control.launch.py robot_model:=vx300s), or check "
                'robot_name and ROS_DOMAIN_ID'
            )
        profile_ms = (round(1000 * move_time_s), round(1000 * acceleration_time_s))
        info = self._info(_ARM, timeout_s)
        _check_is_viperx(info)
        self._prepare_mode(_ARM, 'position', info, profile_ms, may_set, timeout_s)
        info = self._info(_GRIPPER, timeout_s)
        self._prepare_mode(_GRIPPER, 'linear_position', info, profile_ms, may_set, timeout_s)

    def _prepare_mode(
        self,
        target: tuple[str, str],
        mode: str,
        info: Any,
        profile_ms: tuple[int, int],
        may_set: bool,
        timeout_s: float,
    ) -> None:
        name = target[1]
        if (info.mode, info.profile_type) != (mode, 'time'):
            found = f'{name} is in mode {info.mode}/{info.profile_type}, expected {mode}/time'
            if not may_set:
                raise DriverMismatch(
                    f'{found}; put it into modes.yaml of the driver, or support the arm and set '
                    'set_operating_modes: true'
                )
            self._node.get_logger().warning(
                f'{found}: setting it; torque of {name} goes off for a moment'
            )
            self._set_mode(target, mode, profile_ms, timeout_s)
        for register, value in zip(_PROFILE_REGISTERS, profile_ms, strict=True):
            self._prepare_register(target, register, value, may_set, timeout_s)

    def _prepare_register(
        self, target: tuple[str, str], register: str, value: int, may_set: bool, timeout_s: float
    ) -> None:
        found = self._read(target, register, timeout_s)
        if may_set and set(found) != {value}:
            cmd_type, name = target
            request = RegisterValues.Request(
                cmd_type=cmd_type, name=name, reg=register, value=value
            )
            self._call('set_motor_registers', request, timeout_s)
            # The driver's answers carry no success: only reading again tells.
            found = self._read(target, register, timeout_s)
        if set(found) != {value}:
            raise DriverMismatch(
                f'{register} of {target[1]} is {found} ms, expected {value}; put it into '
                'modes.yaml of the driver, or set set_operating_modes: true'
            )

    def _info(self, target: tuple[str, str], timeout_s: float) -> Any:
        cmd_type, name = target
        request = RobotInfo.Request(cmd_type=cmd_type, name=name)
        return self._call('get_robot_info', request, timeout_s)

    def _set_mode(
        self, target: tuple[str, str], mode: str, profile_ms: tuple[int, int], timeout_s: float
    ) -> None:
        cmd_type, name = target
        velocity, acceleration = profile_ms
        request = OperatingModes.Request(
            cmd_type=cmd_type,
            name=name,
            mode=mode,
            profile_type='time',
            profile_velocity=velocity,
            profile_acceleration=acceleration,
        )
        self._call('set_operating_modes', request, timeout_s)
        info = self._info(target, timeout_s)
        if (info.mode, info.profile_type) != (mode, 'time'):
            raise DriverMismatch(
                f'{name} stays in mode {info.mode}/{info.profile_type} after {mode}/time was set; '
                "see the driver's log"
            )

    def _read(self, target: tuple[str, str], register: str, timeout_s: float) -> list[int]:
        cmd_type, name = target
        request = RegisterValues.Request(cmd_type=cmd_type, name=name, reg=register)
        return list(self._call('get_motor_registers', request, timeout_s).values)

    def _call(self, name: str, request: Any, timeout_s: float) -> Any:
        client = self._clients[name]
        end_s = time.monotonic() + timeout_s
        # The driver's services do not appear all at once, nor are they discovered so.
        if not client.wait_for_service(timeout_sec=timeout_s):
            raise DriverMismatch(
                f'no service {self._robot_name}/{name} within {timeout_s:g} s; is what answers to '
                "this name Interbotix's driver?"
            )
        answered = threading.Event()
        future = client.call_async(request)
        future.add_done_callback(lambda _: answered.set())
        if not answered.wait(max(end_s - time.monotonic(), 0.0)):
            client.remove_pending_request(future)
            raise DriverMismatch(
                f'{self._robot_name}/{name} did not answer within {timeout_s:g} s; is the driver '
                'busy or gone, and does this node run on a MultiThreadedExecutor?'
            )
        return future.result()


def _check_is_viperx(info: Any) -> None:
    """Refuses another robot: the WidowX has the same joint names and other limits."""
    if tuple(info.joint_names) != vx300s.JOINT_NAMES:
        raise DriverMismatch(
            f"the driver's group {ARM_GROUP} has joints {list(info.joint_names)}, expected "
            f'{list(vx300s.JOINT_NAMES)}; start it with robot_model:=vx300s'
        )
    for name, found, expected in (
        ('lower', info.joint_lower_limits, vx300s.JOINT_LOWER),
        ('upper', info.joint_upper_limits, vx300s.JOINT_UPPER),
    ):
        if not np.allclose(found, expected, rtol=0, atol=_LIMIT_TOLERANCE):
            raise DriverMismatch(
                f"the driver's {name} joint limits are {np.round(found, 3).tolist()} rad, those "
                f'of a ViperX 300 S {np.round(expected, 3).tolist()}; start it with '
                'robot_model:=vx300s'
            )
