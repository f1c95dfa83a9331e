# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Stand-in for Interbotix's node `xs_sdk`: the ROS interface of a simulated ViperX 300 S."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
import math
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter
from sensor_msgs.msg import JointState

from genvla_node.parameters import NodeParameters, parameter, parameter_specs
from genvla_node.qos import XS_SDK
from genvla_sim.arm.driver import GAIN_REGISTERS, MOTOR_NAMES, DriverError, ServoSilent
from genvla_sim.arm.servo import RADIANS_PER_TICK
from genvla_sim.physics.simulated_arm import JOINT_STATE_NAMES, JointReadings
from genvla_sim.physics.simulation_loop import SimulationLoop
from genvla_sim.ros.stamping import present_stamp
from genvla_viperx.arm.gripper import finger_from_angle
from genvla_viperx.arm.vx300s import SHADOW_MOTOR_NAMES
from interbotix_xs_msgs.msg import JointGroupCommand, JointSingleCommand, JointTrajectoryCommand
from interbotix_xs_msgs.srv import (
    MotorGains,
    OperatingModes,
    Reboot,
    RegisterValues,
    RobotInfo,
    TorqueEnable,
)

_NO_FINGER = finger_from_angle(-math.pi)
_ZEROS = (0.0,) * len(JOINT_STATE_NAMES)
_MADE_UP = {
    'read_failure': JointReadings(
        (*[-math.pi] * len(MOTOR_NAMES), _NO_FINGER, -_NO_FINGER), _ZEROS, _ZEROS
    ),
    'nan': JointReadings((math.nan,) * len(JOINT_STATE_NAMES), _ZEROS, _ZEROS),
}
"""The driver's readings after its serial bus did not answer: zero ticks for every motor, or NaN
(read_failure_behavior 1 of newer drivers)."""

_OFF_RAD = {'flickering': RADIANS_PER_TICK, 'displaced': 0.9}
"""Offset of the waist's reading [rad]."""


@dataclass(frozen=True)
class XsSdkParams:
    """Faults to set at run time; the real driver has no such parameters."""

    fault_joint_states: str = parameter(
        '',
        'Fault of joint_states. read_failure: -pi for every joint, as after a failed read of the '
        'motors; nan: NaN for every joint, as after a failed read with a newer driver; frozen: '
        'the current positions forever; flickering: the same, but an encoder is one tick off in '
        'every other message; displaced: the waist reads 0.9 rad too much; reversed: names and '
        'values in reverse order; silent: no messages.',
        choices=(
            '',
            'read_failure',
            'nan',
            'frozen',
            'flickering',
            'displaced',
            'reversed',
            'silent',
        ),
    )
    fault_overload_joint: str = parameter(
        '',
        'When set, latch an overload on this servo: its torque is off until it is rebooted.',
        choices=('', *MOTOR_NAMES, *SHADOW_MOTOR_NAMES),
    )
    fault_silent_servo: str = parameter(
        '',
        'Servo that does not answer: reading a register of a group stops at it, and joint_states '
        "are those of a failed read, unless it is a joint's second servo.",
        choices=('', *MOTOR_NAMES, *SHADOW_MOTOR_NAMES),
    )


class XsSdkNode(Node):
    """Imitates `xs_sdk`; start it in the namespace of the robot's name.

    Publishes: joint_states (sensor_msgs/JointState, 100 Hz).
    Subscribes: commands/joint_group, commands/joint_single, commands/joint_trajectory
    (interbotix_xs_msgs; trajectories are rejected).
    Services: torque_enable, reboot_motors, get_robot_info, set_operating_modes,
    set_motor_pid_gains, set_motor_registers, get_motor_registers (interbotix_xs_msgs).

    As with the real driver, a failed service call logs an error in this node and returns an empty
    response. joint_states are published from the loop's thread; everything else runs in the
    executor.
    """

    def __init__(self, loop: SimulationLoop, **kwargs: Any) -> None:
        """Create the interface of `loop`'s arm."""
        super().__init__('xs_sdk', **kwargs)
        self._loop = loop
        self._driver = loop.arm.driver
        self._params = NodeParameters(self, XsSdkParams, alone=False)
        self.add_on_set_parameters_callback(self._refuse_unknown_fault)
        self.add_post_set_parameters_callback(self._on_parameters)
        self._faults = self._read_parameters()
        self._last_readings: JointReadings | None = None
        self._num_read = 0
        self._joint_states = self.create_publisher(JointState, 'joint_states', XS_SDK)
        for message_type, topic, command in (
            (JointGroupCommand, 'commands/joint_group', self._command_group),
            (JointSingleCommand, 'commands/joint_single', self._command_single),
            (JointTrajectoryCommand, 'commands/joint_trajectory', self._refuse_trajectory),
        ):
            self.create_subscription(message_type, topic, self._logging_errors(command), XS_SDK)
        for service_type, name, service in (
            (TorqueEnable, 'torque_enable', self._torque_enable),
            (Reboot, 'reboot_motors', self._reboot),
            (RobotInfo, 'get_robot_info', self._robot_info),
            (OperatingModes, 'set_operating_modes', self._operating_modes),
            (MotorGains, 'set_motor_pid_gains', self._gains),
            (RegisterValues, 'set_motor_registers', self._write_register),
            (RegisterValues, 'get_motor_registers', self._read_register),
        ):
            self.create_service(service_type, name, self._logging_errors(service))
        loop.add_listener(self._publish)

    def destroy_node(self) -> None:
        """Stop the loop, which publishes through this node, and destroy the node."""
        self._loop.stop()
        super().destroy_node()

    def _publish(self, time_s: float) -> None:
        fault = self._faults.fault_joint_states
        if not fault and self._faults.fault_silent_servo in MOTOR_NAMES:
            fault = 'read_failure'
        if fault == 'silent' or time_s < self._loop.unread_until_s:
            return
        readings = _MADE_UP.get(fault) or self._loop.arm.readings()
        if fault in ('frozen', 'flickering'):
            readings = self._last_readings or readings
        self._last_readings = readings
        self._num_read += 1
        off_rad = _OFF_RAD.get(fault, 0.0)
        if fault == 'flickering':
            off_rad *= self._num_read % 2
        order = -1 if fault == 'reversed' else 1
        message = JointState()
        message.header.stamp = present_stamp(self, self._loop)
        message.name = JOINT_STATE_NAMES[::order]
        waist, *others = readings.position
        message.position = [waist + off_rad, *others][::order]
        message.velocity = readings.velocity[::order]
        message.effort = readings.effort[::order]
        self._joint_states.publish(message)

    def _logging_errors(self, callback: Callable[..., None]) -> Callable[..., Any]:
        """Wrap a callback as the driver does: errors go to the log, and a response is returned."""

        def wrapped(request: Any, response: Any = None) -> Any:
            with self._loop.arm.lock:
                try:
                    callback(*(part for part in (request, response) if part is not None))
                except DriverError as error:
                    self.get_logger().error(str(error))
            return response

        return wrapped

    def _command_group(self, message: JointGroupCommand) -> None:
        self._driver.command_group(message.name, message.cmd, self._loop.time_s)

    def _command_single(self, message: JointSingleCommand) -> None:
        self._driver.command_single(message.name, message.cmd, self._loop.time_s)

    def _refuse_trajectory(self, _message: JointTrajectoryCommand) -> None:
        raise DriverError(
            'JointTrajectoryCommand is not simulated: send JointGroupCommand on '
            'commands/joint_group'
        )

    def _torque_enable(self, request: Any, _response: Any) -> None:
        self._driver.set_torque(request.cmd_type, request.name, request.enable)

    def _reboot(self, request: Any, _response: Any) -> None:
        self._driver.reboot(request.cmd_type, request.name, request.enable, request.smart_reboot)

    def _robot_info(self, request: Any, response: Any) -> None:
        info = self._driver.info(request.cmd_type, request.name)
        for field, value in asdict(info).items():
            setattr(response, field, value)
        response.num_joints = len(info.joint_names)

    def _operating_modes(self, request: Any, _response: Any) -> None:
        self._driver.set_operating_modes(
            request.cmd_type,
            request.name,
            request.mode,
            request.profile_type,
            request.profile_velocity,
            request.profile_acceleration,
        )

    def _gains(self, request: Any, _response: Any) -> None:
        gains = (
            request.kp_pos,
            request.ki_pos,
            request.kd_pos,
            request.k1,
            request.k2,
            request.kp_vel,
            request.ki_vel,
        )
        for register, gain in zip(GAIN_REGISTERS, gains, strict=True):
            self._driver.write_register(request.cmd_type, request.name, register, gain)

    def _write_register(self, request: Any, _response: Any) -> None:
        self._driver.write_register(request.cmd_type, request.name, request.reg, request.value)

    def _read_register(self, request: Any, response: Any) -> None:
        try:
            response.values = self._driver.read_register(
                request.cmd_type, request.name, request.reg
            )
        except ServoSilent as silence:
            response.values = silence.values
            raise

    def _read_parameters(self) -> XsSdkParams:
        # Read and release them immediately, because faults are set while the node runs.
        params = self._params.freeze()
        self._params.thaw()
        return params

    def _refuse_unknown_fault(self, changes: list[Parameter]) -> SetParametersResult:
        specs = parameter_specs(XsSdkParams)
        for change in changes:
            choices = specs[change.name][1].choices if change.name in specs else ()
            if choices and change.value not in choices:
                return SetParametersResult(
                    successful=False,
                    reason=f"{change.name}: unknown value '{change.value}'; expected one of: "
                    + ', '.join(choice for choice in choices if choice),
                )
        return SetParametersResult(successful=True)

    def _on_parameters(self, changes: list[Parameter]) -> None:
        self._faults = self._read_parameters()
        with self._loop.arm.lock:
            self._driver.silent = {self._faults.fault_silent_servo} - {''}
            for change in changes:
                if change.name == 'fault_overload_joint' and change.value:
                    self._driver.servos[change.value].overload()
