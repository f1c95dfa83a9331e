# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes Interbotix's driver ready for the bridge: which robot, which modes, which servo is off."""

from __future__ import annotations

from dataclasses import dataclass
import time
from typing import Any

import numpy as np

from genvla_viperx import vx300s
from genvla_viperx.hardware_error import in_words
from genvla_viperx.ros.conversions import ARM_GROUP
from genvla_viperx.ros.xs_sdk_client import DriverMismatch, XsSdkClient
from interbotix_xs_msgs.srv import (
    OperatingModes,
    Reboot,
    RegisterValues,
    RobotInfo,
    TorqueEnable,
)

Motors = tuple[str, str]
"""cmd_type and name, as the driver's services want them."""

_ARM: Motors = ('group', ARM_GROUP)
_GRIPPER: Motors = ('single', vx300s.GRIPPER_NAME)
_ALL: Motors = ('group', 'all')
_PROFILE_REGISTERS = ('Profile_Velocity', 'Profile_Acceleration')
_LIMIT_TOLERANCE = 1e-3
_REBOOT_POLL_S = 0.1

EVERY_MOTOR: tuple[tuple[Motors, tuple[str, ...]], ...] = (
    (_ALL, vx300s.MOTOR_NAMES),
    *((('single', name), (name,)) for name in vx300s.SHADOW_MOTOR_NAMES),
)
"""What to ask the driver for to hear of all nine servos, and whose values come back."""


@dataclass(frozen=True)
class DriverSetup:
    """What the bridge needs of the driver.

    The arm needs mode position with a time profile, the gripper linear_position with the same. The
    driver's answers carry no success: only reading again tells.

    Attributes:
        driver: Its services.
        move_time_s: Profile time of the arm and the gripper [s].
        acceleration_time_s: Ramp of it [s].
        may_set: Whether `prepare` sets what is wrong, or refuses it.
        timeout_s: Longest wait for the driver to appear, and for each answer [s].
        log: Where to say that the torque goes off.
    """

    driver: XsSdkClient
    move_time_s: float
    acceleration_time_s: float
    may_set: bool
    timeout_s: float
    log: Any

    def prepare(self) -> None:
        """Checks that the driver is that of a ViperX 300 S in the modes that the bridge needs.

        A wrong profile time is only written to its registers; a wrong mode has to be set, which
        takes the torque off for a moment.

        Raises:
            DriverMismatch: If the driver is not there or cannot be used as it is.
        """
        self.driver.await_driver(self.timeout_s)
        info = self._info(_ARM)
        _check_is_viperx(info)
        self._prepare_mode(_ARM, 'position', info)
        self._prepare_mode(_GRIPPER, 'linear_position', self._info(_GRIPPER))

    def errors(self) -> dict[str, int]:
        """Returns the Hardware_Error_Status of the servos that have one, by motor.

        Raises:
            DriverMismatch: If a servo does not answer.
        """
        values = self._read_every_motor('Hardware_Error_Status')
        return {name: value for name, value in values.items() if value}

    def clear_errors(self) -> None:
        """Reboots the servos that report an error, and puts them back as they have to be.

        A reboot takes the servo's torque and its profile: without one it would go to its first
        goal at full speed. The profile is back before the torque is.

        Raises:
            DriverMismatch: If an error comes back, or a servo does not, or the modes are wrong.
        """
        errors = self.errors()
        for name, status in errors.items():
            self.log.warning(f'rebooting {name} ({in_words(status)}); it lets go for a moment')
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
                + '; let it cool down, look for what blocks it, check the supply, then try again'
            )
        if errors:
            for motors in (_ARM, _GRIPPER):
                self._write_profile(motors)
        self.prepare()
        self._ensure_torque()

    def _prepare_mode(self, motors: Motors, mode: str, info: Any) -> None:
        name = motors[1]
        if (info.mode, info.profile_type) != (mode, 'time'):
            found = f'{name} is in mode {info.mode}/{info.profile_type}, expected {mode}/time'
            if not self.may_set:
                raise DriverMismatch(
                    f'{found}; put it into modes.yaml of the driver, or support the arm and set '
                    'set_operating_modes: true'
                )
            self.log.warning(f'{found}: setting it; torque of {name} goes off for a moment')
            self._set_mode(motors, mode)
        if self.may_set:
            self._write_profile(motors)
        for register, value in zip(_PROFILE_REGISTERS, self._profile_ms, strict=True):
            found_ms = self._read(motors, register)
            if set(found_ms) != {value}:
                raise DriverMismatch(
                    f'{register} of {name} is {found_ms} ms, expected {value}; put it into '
                    'modes.yaml of the driver, or set set_operating_modes: true'
                )

    def _write_profile(self, motors: Motors) -> None:
        cmd_type, name = motors
        for register, value in zip(_PROFILE_REGISTERS, self._profile_ms, strict=True):
            if set(self._read(motors, register)) == {value}:
                continue
            request = RegisterValues.Request(
                cmd_type=cmd_type, name=name, reg=register, value=value
            )
            self.driver.call('set_motor_registers', request, self.timeout_s)

    def _ensure_torque(self) -> None:
        values = self._read_every_motor('Torque_Enable')
        if all(values.values()):
            return
        request = TorqueEnable.Request(cmd_type=_ALL[0], name=_ALL[1], enable=True)
        self.driver.call('torque_enable', request, self.timeout_s)
        off = [name for name, on in self._read_every_motor('Torque_Enable').items() if not on]
        if off:
            raise DriverMismatch(f'no torque on {", ".join(off)} though it was switched on')

    def _errors_once_all_answer(self) -> dict[str, int]:
        """A servo that has been rebooted does not answer for some tenths of a second."""
        deadline_s = time.monotonic() + self.timeout_s
        while True:
            try:
                return self.errors()
            except DriverMismatch:
                if time.monotonic() > deadline_s:
                    raise
            time.sleep(_REBOOT_POLL_S)

    def _read_every_motor(self, register: str) -> dict[str, int]:
        values: dict[str, int] = {}
        for motors, names in EVERY_MOTOR:
            values |= values_by_motor(register, names, self._read(motors, register))
        return values

    @property
    def _profile_ms(self) -> tuple[int, int]:
        return round(1000 * self.move_time_s), round(1000 * self.acceleration_time_s)

    def _info(self, motors: Motors) -> Any:
        cmd_type, name = motors
        request = RobotInfo.Request(cmd_type=cmd_type, name=name)
        return self.driver.call('get_robot_info', request, self.timeout_s)

    def _set_mode(self, motors: Motors, mode: str) -> None:
        cmd_type, name = motors
        velocity, acceleration = self._profile_ms
        request = OperatingModes.Request(
            cmd_type=cmd_type,
            name=name,
            mode=mode,
            profile_type='time',
            profile_velocity=velocity,
            profile_acceleration=acceleration,
        )
        self.driver.call('set_operating_modes', request, self.timeout_s)
        info = self._info(motors)
        if (info.mode, info.profile_type) != (mode, 'time'):
            raise DriverMismatch(
                f'{name} stays in mode {info.mode}/{info.profile_type} after {mode}/time was set; '
                "see the driver's log"
            )

    def _read(self, motors: Motors, register: str) -> list[int]:
        request = register_request(motors, register)
        return list(self.driver.call('get_motor_registers', request, self.timeout_s).values)


def register_request(motors: Motors, register: str) -> Any:
    """Returns the request of get_motor_registers for a register."""
    cmd_type, name = motors
    return RegisterValues.Request(cmd_type=cmd_type, name=name, reg=register)


def values_by_motor(register: str, names: tuple[str, ...], values: list[int]) -> dict[str, int]:
    """Returns the values of an answer by motor; none where the driver does not know the register.

    Raises:
        DriverMismatch: If values are missing: the driver breaks off at a servo that is silent.
    """
    if values and len(values) < len(names):
        raise DriverMismatch(
            f'the driver could not read {register} of {names[len(values)]}: is the servo '
            'connected and powered?'
        )
    return dict(zip(names, values, strict=False))


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
