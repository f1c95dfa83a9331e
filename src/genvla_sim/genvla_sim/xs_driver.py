# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What interbotix_xs_sdk does between its ROS interface and the servos of a ViperX 300 S.

Source: Interbotix interbotix_xs_driver and xs_sdk (jazzy), config/vx300s.yaml and modes.yaml.
Differs where the real driver would die: an unknown group in a command is an error in the log here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genvla_sim.gripper_linkage import angle_from_finger, finger_from_angle
from genvla_sim.xs_servo import XM430_W350, XM540_W270, ServoError, XsServo
from genvla_viperx import vx300s

ARM, ALL = 'arm', 'all'
MOTOR_NAMES = vx300s.MOTOR_NAMES
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
"""In the order of the fields of MotorGains.srv."""

_MOTOR_IDS = (1, 2, 4, 6, 7, 8, 9)
_LIMITS_TICKS = {'shoulder': (841, 2867), 'elbow': (898, 3094), 'wrist_angle': (830, 3504)}
_FINGER_SPEED_LIMIT = 1.0
_SINGLES = {motor: (motor,) for motor in MOTOR_NAMES} | {
    # One simulated servo moves the joint: what is asked of its second is answered by the first.
    shadow: (shadow.removesuffix('_shadow'),)
    for shadow in vx300s.SHADOW_MOTOR_NAMES
}
_GRIPPER_STOPS = (
    angle_from_finger(vx300s.FINGER_CLOSED),
    angle_from_finger(vx300s.FINGER_OPEN),
)


class DriverError(ValueError):
    """A request that the driver answers with a line in its log and nothing else."""


@dataclass(frozen=True)
class RobotInfo:
    """The answer of get_robot_info, field for field; units in RobotInfo.srv."""

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
    """The driver's groups, joints and services over seven servos.

    Starts as modes.yaml says: the arm in position mode with a time profile of 2000/300 ms, the
    gripper in pwm mode, torque on, everything holding where it is.
    """

    def __init__(self, positions: Sequence[float]) -> None:
        """Start on an arm that stands at `positions`, (7,) in MOTOR_NAMES order [rad]."""
        self.servos = {
            name: XsServo(
                motor_id,
                XM430_W350 if name in ('wrist_rotate', vx300s.GRIPPER_NAME) else XM540_W270,
                position=position,
                limits_ticks=_LIMITS_TICKS.get(name, (0, 4095)),
                stops=_GRIPPER_STOPS,
            )
            for name, motor_id, position in zip(MOTOR_NAMES, _MOTOR_IDS, positions, strict=True)
        }
        # The driver keeps a group's mode apart from its motors', and never looks at theirs.
        self._group_modes = {ALL: ('position', 'velocity')}
        self.set_operating_modes('group', ARM, 'position', 'time', 2000, 300)
        self.set_operating_modes('single', vx300s.GRIPPER_NAME, 'pwm', 'velocity', 0, 0)

    def measure(self, positions: Sequence[float]) -> None:
        """Take note of where the shafts are, (7,) [rad]."""
        for servo, position in zip(self.servos.values(), positions, strict=True):
            servo.measure(position)

    def references(self, time_s: float) -> tuple[float, ...]:
        """Returns where the servos steer to now, (7,) [rad]."""
        return tuple(servo.reference(time_s) for servo in self.servos.values())

    def command_group(self, name: str, values: Sequence[float], time_s: float) -> None:
        """Command every joint of a group, in the unit of the group's operating mode.

        Raises:
            DriverError: if there is no such group or the number of values is not its size.
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
            self.servos[joint].command(value, time_s)

    def command_single(self, name: str, value: float, time_s: float) -> None:
        """Command one joint, in the unit of its operating mode.

        Raises:
            DriverError: if there is no such joint.
        """
        for servo in self._select('single', name):
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
        """Change mode and profile; what was moving stops where it is.

        Raises:
            DriverError: if the name, the mode or the profile type is not known here.
        """
        for servo in self._select(cmd_type, name):
            try:
                servo.set_mode(mode, profile_type, profile_velocity, profile_acceleration)
            except ServoError as error:
                raise DriverError(str(error)) from error
        if cmd_type == 'group':
            self._group_modes[name] = (mode, profile_type)

    def set_torque(self, cmd_type: str, name: str, enable: bool) -> None:
        """Switch torque.

        Raises:
            DriverError: if there is no such group or joint.
        """
        for servo in self._select(cmd_type, name):
            servo.set_torque(enable)

    def reboot(self, cmd_type: str, name: str, enable: bool, smart_reboot: bool) -> None:
        """Reboot motors, which clears their errors.

        Args:
            cmd_type: 'group' or 'single'.
            name: of the group or joint.
            enable: torque on afterwards; else it stays off.
            smart_reboot: of a group, only the motors with an error; a single one always.

        Raises:
            DriverError: if there is no such group or joint.
        """
        for servo in self._select(cmd_type, name):
            healthy = servo.registers['Hardware_Error_Status'] == 0
            if cmd_type == 'group' and smart_reboot and healthy:
                continue
            servo.reboot()
            servo.set_torque(enable)

    def write_register(self, cmd_type: str, name: str, register: str, value: int) -> None:
        """Write a register of every motor named.

        Raises:
            DriverError: if a name is not known, or the register cannot be written.
        """
        for servo in self._select(cmd_type, name):
            try:
                servo.write(register, value)
            except ServoError as error:
                raise DriverError(str(error)) from error

    def read_register(self, cmd_type: str, name: str, register: str) -> list[int]:
        """Returns a register of every motor named.

        Raises:
            DriverError: if a name is not known.
        """
        servos = self._select(cmd_type, name)
        if register not in servos[0].registers:
            raise DriverError(
                f"register '{register}' is not imitated; "
                f'available: {", ".join(servos[0].registers)}'
            )
        return [servo.registers[register] for servo in servos]

    def info(self, cmd_type: str, name: str) -> RobotInfo:
        """Returns what the driver knows of a group or joint; the gripper as its left finger.

        Raises:
            DriverError: if there is no such group or joint.
        """
        servos = self._select(cmd_type, name)
        joints = GROUPS[name] if cmd_type == 'group' else (name,)
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

    def _select(self, cmd_type: str, name: str) -> list[XsServo]:
        if cmd_type not in ('group', 'single'):
            raise DriverError(f"cmd_type is '{cmd_type}'; expected 'group' or 'single'")
        known = GROUPS if cmd_type == 'group' else _SINGLES
        if name not in known:
            raise DriverError(
                f"the joint or group '{name}' does not exist; {cmd_type}s are: {', '.join(known)}"
            )
        return [self.servos[joint] for joint in known[name]]


def _joint_info(joint: str) -> tuple[str, float, float, float, float, int]:
    """Name, limits, speed limit, sleep position and place in joint_states of one joint."""
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
