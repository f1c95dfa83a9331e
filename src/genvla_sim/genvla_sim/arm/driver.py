# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The logic of interbotix_xs_sdk between its ROS interface and a ViperX 300 S's servos.

Source: Interbotix interbotix_xs_driver and xs_sdk (jazzy), config/vx300s.yaml and modes.yaml. One
deliberate difference: an unknown group in a command kills the real driver, but only logs an error
here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from genvla_sim.arm.servo import EEPROM, XM430_W350, XM540_W270, ServoError, XsServo
from genvla_viperx.arm import vx300s
from genvla_viperx.arm.gripper import angle_from_finger, finger_from_angle

ARM, ALL = 'arm', 'all'
MOTOR_NAMES = vx300s.MOTOR_NAMES
SHADOWS = {name.removesuffix('_shadow'): name for name in vx300s.SHADOW_MOTOR_NAMES}
"""Joints with two servos, and the name of the second one."""
GROUPS = {ALL: MOTOR_NAMES, ARM: vx300s.JOINT_NAMES}

GAIN_REGISTERS = (
    'Position_P_Gain',
    'Position_I_Gain',
    'Position_D_Gain',
    'Feedforward_1st_Gain',
    'Feedforward_2nd_Gain',
    'Velocity_P_Gain',
    'Velocity_I_Gain',
)
"""Registers in the order of the fields of MotorGains.srv."""

_MOTOR_IDS = {
    'waist': 1,
    'shoulder': 2,
    'shoulder_shadow': 3,
    'elbow': 4,
    'elbow_shadow': 5,
    'forearm_roll': 6,
    'wrist_angle': 7,
    'wrist_rotate': 8,
    'gripper': 9,
}
_LIMITS_TICKS = {'shoulder': (841, 2867), 'elbow': (898, 3094), 'wrist_angle': (830, 3504)}
_FINGER_SPEED_LIMIT = 1.0
_GRIPPER_STOPS = (
    angle_from_finger(vx300s.FINGER_CLOSED),
    angle_from_finger(vx300s.FINGER_OPEN),
)


class DriverError(ValueError):
    """A request that the driver only answers with a log line."""


class ServoSilent(DriverError):
    """A servo did not answer; `values` are those of the servos read before it."""

    def __init__(self, name: str, values: list[int]) -> None:
        """Name the servo in the message."""
        super().__init__(f'[TxRxResult] There is no status packet! ({name})')
        self.values = values


@dataclass(frozen=True)
class RobotInfo:
    """The response of get_robot_info, field by field; units are in RobotInfo.srv."""

    mode: str
    profile_type: str
    joint_names: tuple[str, ...]
    joint_ids: tuple[int, ...]
    joint_lower_limits: tuple[float, ...]
    joint_upper_limits: tuple[float, ...]
    joint_velocity_limits: tuple[float, ...]
    joint_sleep_positions: tuple[float, ...]
    joint_state_indices: tuple[int, ...]
    name: tuple[str, ...]


class XsDriver:
    """The driver's groups, joints and services, over nine servos.

    It starts as in modes.yaml: the arm in position mode with a time profile of 2000/300 ms, the
    gripper in pwm mode, torque on, and everything holding its position.

    A shadow servo has its own registers and is read by its own name. Through its Secondary_ID, it
    accepts goals, torque and all other writes to its joint's first servo outside the EEPROM. A
    reboot affects only the named servo.

    Attributes:
        servos: Servos by name, in the order of their IDs.
        silent: Names of servos that do not answer register reads.
    """

    def __init__(self, positions: Sequence[float]) -> None:
        """Start with the arm at `positions`, (7,) in MOTOR_NAMES order [rad]."""
        self.servos: dict[str, XsServo] = {}
        self.silent: set[str] = set()
        for joint, position in zip(MOTOR_NAMES, positions, strict=True):
            for name in _servos_of(joint):
                self.servos[name] = XsServo(
                    _MOTOR_IDS[name],
                    XM430_W350 if name in ('wrist_rotate', vx300s.GRIPPER_NAME) else XM540_W270,
                    position=position,
                    secondary_id=255 if name == joint else _MOTOR_IDS[joint],
                    limits_ticks=_LIMITS_TICKS.get(joint, (0, 4095)),
                    stops=_GRIPPER_STOPS,
                )
        self._motors = [[self.servos[name] for name in _servos_of(joint)] for joint in MOTOR_NAMES]
        # The driver stores a group's mode separately from its motors' modes, and never reads
        # theirs.
        self._group_modes = {ALL: ('position', 'velocity')}
        self.set_operating_modes('group', ARM, 'position', 'time', 2000, 300)
        self.set_operating_modes('single', vx300s.GRIPPER_NAME, 'pwm', 'velocity', 0, 0)

    def measure(self, positions: Sequence[float]) -> None:
        """Store the measured positions of the shafts, (7,) [rad]."""
        for servos, position in zip(self._motors, positions, strict=True):
            for servo in servos:
                servo.measure(position)

    def references(self, time_s: float) -> tuple[float, ...]:
        """Return the current references of the joints, (7,) [rad]; paired servos pull equally."""
        return tuple(
            sum(servo.reference(time_s) for servo in servos) / len(servos)
            for servos in self._motors
        )

    def has_torque(self, joint: str) -> bool:
        """Return whether a joint is driven.

        A joint with one of its two servos off counts as limp; a real one has half of its strength.
        """
        return all(self.servos[name].torque_on for name in _servos_of(joint))

    def command_group(self, name: str, values: Sequence[float], time_s: float) -> None:
        """Command every joint of a group, in the unit of the group's operating mode.

        Raises:
            DriverError: The group does not exist, or the number of values differs from its size.
        """
        joints = GROUPS.get(name)
        if joints is None:
            raise DriverError(f"there is no group '{name}'; available: {', '.join(GROUPS)}")
        if len(values) != len(joints):
            raise DriverError(
                f'{len(values)} commands do not match the {len(joints)} joints of group '
                f"'{name}': not executed"
            )
        for joint, value in zip(joints, values, strict=True):
            self.command_single(joint, value, time_s)

    def command_single(self, name: str, value: float, time_s: float) -> None:
        """Command one joint, in the unit of its operating mode.

        Raises:
            DriverError: The joint does not exist.
        """
        for servo in self._reached_by('single', name):
            servo.command(value, time_s)

    def set_operating_modes(
        self,
        cmd_type: str,
        name: str,
        mode: str,
        profile_type: str,
        profile_velocity: int,
        profile_acceleration: int,
    ) -> None:
        """Change mode and profile; moving joints stop where they are.

        Raises:
            DriverError: The name, the mode or the profile type is unknown.
        """
        for servo in self._reached_by(cmd_type, name):
            try:
                servo.set_mode(mode, profile_type, profile_velocity, profile_acceleration)
            except ServoError as error:
                raise DriverError(str(error)) from error
        if cmd_type == 'group':
            self._group_modes[name] = (mode, profile_type)

    def set_torque(self, cmd_type: str, name: str, enable: bool) -> None:
        """Switch the torque on or off.

        Raises:
            DriverError: The group or joint does not exist.
        """
        for servo in self._reached_by(cmd_type, name):
            servo.set_torque(enable)

    def reboot(self, cmd_type: str, name: str, enable: bool, smart_reboot: bool) -> None:
        """Reboot motors, which clears their errors.

        Args:
            cmd_type: 'group' or 'single'.
            name: Name of the group or joint.
            enable: Switch the torque on afterwards; otherwise it stays off.
            smart_reboot: In a group, reboot only motors with an error; a single motor always
                reboots.

        Raises:
            DriverError: The group or joint does not exist.
        """
        for motor in self._select(cmd_type, name):
            healthy = self.servos[motor].registers['Hardware_Error_Status'] == 0
            if cmd_type == 'group' and smart_reboot and healthy:
                continue
            self.servos[motor].reboot()
            if enable:
                self.set_torque('single', motor, True)

    def write_register(self, cmd_type: str, name: str, register: str, value: int) -> None:
        """Write a register of every named motor.

        Raises:
            DriverError: The name is unknown, or the register cannot be written.
        """
        reached = (
            [self.servos[motor] for motor in self._select(cmd_type, name)]
            if register in EEPROM
            else self._reached_by(cmd_type, name)
        )
        for servo in reached:
            try:
                servo.write(register, value)
            except ServoError as error:
                raise DriverError(str(error)) from error

    def read_register(self, cmd_type: str, name: str, register: str) -> list[int]:
        """Return a register of every named motor.

        Raises:
            DriverError: The name or register is unknown.
            ServoSilent: A servo does not answer; those after it are not read.
        """
        motors = self._select(cmd_type, name)
        known = self.servos[motors[0]].registers
        if register not in known:
            raise DriverError(
                f"register '{register}' is not simulated; available: {', '.join(known)}"
            )
        values: list[int] = []
        for motor in motors:
            if motor in self.silent:
                raise ServoSilent(motor, values)
            values.append(self.servos[motor].registers[register])
        return values

    def info(self, cmd_type: str, name: str) -> RobotInfo:
        """Return the driver's data on a group or joint; the gripper is listed as its left finger.

        Raises:
            DriverError: The group or joint does not exist.
        """
        joints = self._select(cmd_type, name)
        if name in vx300s.SHADOW_MOTOR_NAMES:
            raise DriverError(f"'{name}' is the second servo of a joint, not a joint")
        servos = [self.servos[joint] for joint in joints]
        if cmd_type == 'group':
            mode, profile_type = self._group_modes[name]
        else:
            mode, profile_type = servos[0].mode, servos[0].profile_type
        rows = [_joint_info(joint) for joint in joints]
        names, lower, upper, velocity, sleep, indices = zip(*rows, strict=True)
        return RobotInfo(
            mode=mode,
            profile_type=profile_type,
            joint_names=names,
            joint_ids=tuple(servo.registers['ID'] for servo in servos),
            joint_lower_limits=lower,
            joint_upper_limits=upper,
            joint_velocity_limits=velocity,
            joint_sleep_positions=sleep,
            joint_state_indices=indices,
            name=tuple(GROUPS) if name == ALL else (name,),
        )

    def _select(self, cmd_type: str, name: str) -> tuple[str, ...]:
        if cmd_type not in ('group', 'single'):
            raise DriverError(f"cmd_type is '{cmd_type}'; expected 'group' or 'single'")
        known: Iterable[str] = GROUPS if cmd_type == 'group' else self.servos
        if name not in known:
            raise DriverError(
                f"the joint or group '{name}' does not exist; {cmd_type}s are: {', '.join(known)}"
            )
        return GROUPS[name] if cmd_type == 'group' else (name,)

    def _reached_by(self, cmd_type: str, name: str) -> list[XsServo]:
        """Return the named servos, and those that follow them by their Secondary_ID."""
        motors = self._select(cmd_type, name)
        return [self.servos[servo] for motor in motors for servo in _servos_of(motor)]


def _servos_of(motor: str) -> tuple[str, ...]:
    return (motor, SHADOWS[motor]) if motor in SHADOWS else (motor,)


def _joint_info(joint: str) -> tuple[str, float, float, float, float, int]:
    """Return name, limits, speed limit, sleep position and joint_states index of a joint."""
    if joint == vx300s.GRIPPER_NAME:
        return (
            vx300s.LEFT_FINGER_NAME,
            vx300s.FINGER_CLOSED,
            vx300s.FINGER_OPEN,
            _FINGER_SPEED_LIMIT,
            finger_from_angle(0.0),
            len(MOTOR_NAMES),
        )
    index = vx300s.JOINT_NAMES.index(joint)
    return (
        joint,
        float(vx300s.JOINT_LOWER[index]),
        float(vx300s.JOINT_UPPER[index]),
        float(vx300s.JOINT_VELOCITY_LIMIT[index]),
        float(vx300s.SLEEP[index]),
        index,
    )
