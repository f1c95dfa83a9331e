# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Prepare Interbotix's driver for the bridge: check the robot, modes, profiles and torque."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
import time
from typing import Any

import numpy as np

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.gripper import GripperMode
from genvla_viperx.ros.conversions import ARM_GROUP
from genvla_viperx.ros.servo_registers import Motors, ServoRegisters
from genvla_viperx.ros.xs_sdk_client import DriverMismatch, XsSdkClient
from genvla_viperx.watch.hardware_errors import in_words
from interbotix_xs_msgs.srv import OperatingModes, Reboot, RobotInfo, TorqueEnable

_ARM: Motors = ('group', ARM_GROUP)
_GRIPPER: Motors = ('single', vx300s.GRIPPER_NAME)
_SERVOS: Mapping[Motors, tuple[str, ...]] = {
    _ARM: (*vx300s.JOINT_NAMES, *vx300s.SHADOW_MOTOR_NAMES),
    _GRIPPER: (vx300s.GRIPPER_NAME,),
}
"""The servos in which a mode is set. The driver also sets it in a joint's second servo."""

_OPERATING_MODES = {'position': 3, 'linear_position': 3, 'current_based_position': 5}
_TIME_BASED_PROFILE = 1 << 2
"""ROBOTIS e-Manual, XM540-W270 and XM430-W350: Operating_Mode (11), Drive_Mode (10), bit 2."""

_CURRENT_UNIT_MA = 2.69
"""Unit of Goal_Current, XM430-W350."""

_UNITS = {
    'Profile_Velocity': 'ms',
    'Profile_Acceleration': 'ms',
    'Goal_Current': f'units of {_CURRENT_UNIT_MA} mA',
}

_LIMIT_TOLERANCE = 1e-3
_REBOOT_POLL_S = 0.1
_MODES_YAML = "set it in the driver's modes.yaml, or"


@dataclass(frozen=True)
class DriverSetup:
    """The bridge's requirements of the driver.

    The arm needs mode position with a time profile, the gripper its own mode with the same
    profile. The driver's answers do not report success, and it only reports the modes that it has
    once set: only the servos' own registers show their real modes.

    In current_based_position the driver writes neither profile nor current, whatever its
    modes.yaml contains. The bridge therefore always writes those of the gripper.

    Attributes:
        driver: Calls the driver's services.
        move_time_s: Profile time of the arm and the gripper [s].
        acceleration_time_s: Ramp of the profile [s].
        gripper_mode: Mode of the gripper's servo.
        gripper_current_ma: Maximum current of the gripper's servo in current_based_position [mA].
        may_set: Whether `prepare` corrects wrong values, or refuses them; it always writes the
            gripper's profile and current, see above.
        asks_servos: Whether to read more registers from the servos than their profile: a simulated
            driver has no others, and no second servos.
        timeout_s: Longest wait for the driver to appear, and for each answer [s].
        log: Logger, for example for warnings that the torque is switched off.
    """

    driver: XsSdkClient
    move_time_s: float
    acceleration_time_s: float
    gripper_mode: GripperMode
    gripper_current_ma: float
    may_set: bool
    asks_servos: bool
    timeout_s: float
    log: Any

    def prepare(self) -> dict[str, int]:
        """Check that the driver runs a ViperX 300 S in the modes that the bridge needs.

        A wrong profile time is only written to the registers. A wrong mode has to be set, which
        switches the torque off for a moment.

        Returns:
            The Hardware_Error_Status of servos with an error, by motor: they have no torque until
                `clear_errors`.

        Raises:
            DriverMismatch: The driver is not there, or cannot be used as it is.
        """
        self.driver.await_driver(self.timeout_s)
        self._check_robot()
        errors = self.errors()
        self._prepare_servos(may_write=self.may_set, excused=errors)
        return errors

    @property
    def settings(self) -> dict[str, dict[str, int]]:
        """Settings of all servos after `prepare` that only the bridge may change.

        They are listed by register, then by motor.
        """
        gripper = dict.fromkeys(_SERVOS[_GRIPPER], _OPERATING_MODES[self.gripper_mode])
        modes = dict.fromkeys(_SERVOS[_ARM], _OPERATING_MODES['position']) | gripper
        return {
            'Torque_Enable': dict.fromkeys(modes, 1),
            'Operating_Mode': modes,
            'Profile_Velocity': dict.fromkeys(modes, self._expected['Profile_Velocity']),
        }

    def errors(self) -> dict[str, int]:
        """Return the Hardware_Error_Status of the servos with an error, by motor.

        Raises:
            DriverMismatch: A servo does not answer.
        """
        if not self.asks_servos:
            return {}
        values = self._registers.read('Hardware_Error_Status')
        return {name: value for name, value in values.items() if value}

    def clear_errors(self) -> None:
        """Reboot the servos that report an error, and restore the settings of all servos.

        A reboot, by any program, clears a servo's torque and profile. Without a profile, the servo
        would move to its first goal at full speed, so the profile is restored before the torque.

        Raises:
            DriverMismatch: An error comes back, a servo does not answer, or the modes are wrong.
        """
        for name, status in self.errors().items():
            self.log.warning(
                f'rebooting {name} ({in_words(status)}); it loses torque for a moment'
            )
            request = Reboot.Request(
                cmd_type='single', name=name, enable=False, smart_reboot=False
            )
            self.driver.call('reboot_motors', request, self.timeout_s)
        left = self._errors_once_all_answer()
        if left:
            raise DriverMismatch(
                '; '.join(
                    f'{name} still reports {in_words(status)}' for name, status in left.items()
                )
                + '; let it cool down, remove what blocks it, check the supply, then try again'
            )
        self._check_robot()
        self._prepare_servos(may_write=True, excused=())

    def _check_robot(self) -> None:
        """Refuse another robot: the WidowX has the same joint names, but other limits."""
        arm, gripper = self._info(_ARM), self._info(_GRIPPER)
        _check_names(f'group {ARM_GROUP}', arm.joint_names, vx300s.JOINT_NAMES)
        _check_limits(
            'joint', arm, vx300s.JOINT_LOWER.tolist(), vx300s.JOINT_UPPER.tolist(), 'rad'
        )
        # For the gripper's motor, the driver answers with the finger.
        _check_names(vx300s.GRIPPER_NAME, gripper.joint_names, (vx300s.LEFT_FINGER_NAME,))
        _check_limits('finger', gripper, [vx300s.FINGER_CLOSED], [vx300s.FINGER_OPEN], 'm')

    def _prepare_servos(self, *, may_write: bool, excused: Collection[str]) -> None:
        self._prepare_mode(_ARM, 'position')
        self._prepare_mode(_GRIPPER, self.gripper_mode)
        writable: frozenset[str] = frozenset()
        if may_write:
            writable = frozenset(_SERVOS[_ARM] + _SERVOS[_GRIPPER])
        elif self.gripper_mode is GripperMode.CURRENT_BASED_POSITION:
            writable = frozenset(_SERVOS[_GRIPPER])
        for register, value in self._expected.items():
            for name in self._wrong(register):
                if name in writable:
                    self._registers.write(name, register, value)
        if self.asks_servos:
            self._prepare_torque(may_write, excused)
        for register, value in self._expected.items():
            wrong = self._wrong(register)
            if wrong:
                raise DriverMismatch(
                    f'{register} is {_by_motor(wrong)}, expected {value} {_UNITS[register]}; '
                    + (
                        'the servo did not accept the written value; see the log of the driver, '
                        'and Current_Limit of the servo'
                        if writable.issuperset(wrong)
                        else f'{_MODES_YAML} set set_operating_modes: true'
                    )
                )

    def _prepare_mode(self, motors: Motors, mode: str) -> None:
        found = self._objection_to_mode(motors, mode)
        if not found:
            return
        if not self.may_set:
            raise DriverMismatch(
                f'{found}; {_MODES_YAML} support the arm and set set_operating_modes: true'
            )
        self.log.warning(f'{found}: setting it; {motors[1]} loses torque for a moment')
        self._set_mode(motors, mode)
        found = self._objection_to_mode(motors, mode)
        if found:
            raise DriverMismatch(
                f"{found}, although {mode}/time was set; see the driver's log, and restart it"
            )

    def _objection_to_mode(self, motors: Motors, mode: str) -> str:
        """Return what is wrong with the mode of the driver or the servos, or an empty string."""
        info = self._info(motors)
        if (info.mode, info.profile_type) != (mode, 'time'):
            found = f'{info.mode}/{info.profile_type}'
            return f'{motors[1]} is in mode {found}, expected {mode}/time'
        if not self.asks_servos:
            return ''
        expected = _OPERATING_MODES[mode]
        modes, drive_modes = (
            {name: value for name, value in values.items() if name in _SERVOS[motors]}
            for values in map(self._registers.read, ('Operating_Mode', 'Drive_Mode'))
        )
        wrong = {name: value for name, value in modes.items() if value != expected}
        if wrong:
            return f'Operating_Mode is {_by_motor(wrong)}, expected {expected} ({mode})'
        wrong = {name: v for name, v in drive_modes.items() if not v & _TIME_BASED_PROFILE}
        if wrong:
            return (
                f'Drive_Mode is {_by_motor(wrong)}, expected a time-based profile '
                f'(bit {_TIME_BASED_PROFILE:#04x})'
            )
        return ''

    def _wrong(self, register: str) -> dict[str, int]:
        """Return the values of a register that differ from the expected one, by motor."""
        expected, only = self._expected[register], _SERVOS[_GRIPPER]
        return {
            name: found
            for name, found in self._registers.read(register).items()
            if found != expected and (register != 'Goal_Current' or name in only)
        }

    def _prepare_torque(self, may_write: bool, excused: Collection[str]) -> None:
        off = self._without_torque(excused)
        if off and not may_write:
            raise DriverMismatch(
                f'Torque_Enable is {_by_motor(off)}, expected 1; support the arm and call the '
                "driver's torque_enable, or set set_operating_modes: true"
            )
        for name in off:
            self.log.warning(f'switching on the torque of {name}')
            request = TorqueEnable.Request(cmd_type='single', name=name, enable=True)
            self.driver.call('torque_enable', request, self.timeout_s)
        off = self._without_torque(excused) if off else {}
        if off:
            raise DriverMismatch(f'no torque on {", ".join(off)}, although it was switched on')

    def _without_torque(self, excused: Collection[str]) -> dict[str, int]:
        values = self._registers.read('Torque_Enable')
        return {name: on for name, on in values.items() if not on and name not in excused}

    def _errors_once_all_answer(self) -> dict[str, int]:
        """Return the errors once all servos answer, some tenths of a second after a reboot."""
        deadline_s = time.monotonic() + self.timeout_s
        while True:
            try:
                return self.errors()
            except DriverMismatch:
                if time.monotonic() > deadline_s:
                    raise
            time.sleep(_REBOOT_POLL_S)

    @property
    def _registers(self) -> ServoRegisters:
        return ServoRegisters(self.driver, self.timeout_s, has_shadows=self.asks_servos)

    @property
    def _expected(self) -> dict[str, int]:
        """The registers in the servos' RAM that must be correct, with their values."""
        expected = {
            'Profile_Velocity': round(1000 * self.move_time_s),
            'Profile_Acceleration': round(1000 * self.acceleration_time_s),
        }
        if self.asks_servos and self.gripper_mode is GripperMode.CURRENT_BASED_POSITION:
            expected['Goal_Current'] = round(self.gripper_current_ma / _CURRENT_UNIT_MA)
        return expected

    def _info(self, motors: Motors) -> Any:
        cmd_type, name = motors
        request = RobotInfo.Request(cmd_type=cmd_type, name=name)
        return self.driver.call('get_robot_info', request, self.timeout_s)

    def _set_mode(self, motors: Motors, mode: str) -> None:
        cmd_type, name = motors
        request = OperatingModes.Request(
            cmd_type=cmd_type,
            name=name,
            mode=mode,
            profile_type='time',
            profile_velocity=self._expected['Profile_Velocity'],
            profile_acceleration=self._expected['Profile_Acceleration'],
        )
        self.driver.call('set_operating_modes', request, self.timeout_s)


def _by_motor(values: Mapping[str, int]) -> str:
    return ', '.join(f'{value} on {name}' for name, value in values.items())


def _check_names(what: str, found: Sequence[str], expected: Sequence[str]) -> None:
    if tuple(found) != tuple(expected):
        raise DriverMismatch(
            f"the driver's {what} has joints {list(found)}, expected {list(expected)}; start it "
            'with robot_model:=vx300s'
        )


def _check_limits(
    what: str, info: Any, lower: Sequence[float], upper: Sequence[float], unit: str
) -> None:
    for end, found, expected in (
        ('lower', info.joint_lower_limits, lower),
        ('upper', info.joint_upper_limits, upper),
    ):
        if len(found) == len(expected) and np.allclose(
            found, expected, rtol=0, atol=_LIMIT_TOLERANCE
        ):
            continue
        raise DriverMismatch(
            f"the driver's {end} {what} limits are {_rounded(found)} {unit}, expected "
            f'{_rounded(expected)} (ViperX 300 S); start it with robot_model:=vx300s and its '
            'robot_description'
        )


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(float(value), 3) for value in values]
