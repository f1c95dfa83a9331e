# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The registers of the arm's nine servos, each by the servo's own name, through the driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from genvla_viperx.arm import vx300s
from genvla_viperx.ros.xs_sdk_client import DriverMismatch, XsSdkClient
from interbotix_xs_msgs.srv import RegisterValues

Motors = tuple[str, str]
"""cmd_type and name, as the driver's services want them."""

_IN_GROUPS: tuple[tuple[Motors, tuple[str, ...]], ...] = ((('group', 'all'), vx300s.MOTOR_NAMES),)

EVERY_MOTOR: tuple[tuple[Motors, tuple[str, ...]], ...] = (
    *_IN_GROUPS,
    *((('single', name), (name,)) for name in vx300s.SHADOW_MOTOR_NAMES),
)
"""What to ask the driver for to hear of all nine servos, and whose values come back."""


@dataclass(frozen=True)
class ServoRegisters:
    """Reads registers of every servo at once, and writes them one by one.

    Attributes:
        driver: Whose services do it.
        timeout_s: Longest wait for an answer [s].
        has_shadows: Whether the driver knows the second servos by their names.
    """

    driver: XsSdkClient
    timeout_s: float
    has_shadows: bool = True

    def read(self, register: str) -> dict[str, int]:
        """Returns a register of every servo, by motor.

        Raises:
            DriverMismatch: If a servo does not answer.
        """
        values: dict[str, int] = {}
        for motors, names in EVERY_MOTOR if self.has_shadows else _IN_GROUPS:
            request = register_request(motors, register)
            response = self.driver.call('get_motor_registers', request, self.timeout_s)
            values |= values_by_motor(register, names, list(response.values))
        return values

    def write(self, motor: str, register: str, value: int) -> None:
        """Writes a register of one servo; only reading it again tells whether it took it."""
        request = RegisterValues.Request(cmd_type='single', name=motor, reg=register, value=value)
        self.driver.call('set_motor_registers', request, self.timeout_s)


def register_request(motors: Motors, register: str) -> Any:
    """Returns the request of get_motor_registers for a register."""
    cmd_type, name = motors
    return RegisterValues.Request(cmd_type=cmd_type, name=name, reg=register)


def values_by_motor(register: str, names: tuple[str, ...], values: list[int]) -> dict[str, int]:
    """Returns the values of an answer by motor.

    Raises:
        DriverMismatch: If values are missing. The driver breaks off at a servo that is silent, so
            that nothing at all comes back if that is the first one.
    """
    if len(values) != len(names):
        silent = names[len(values)] if len(values) < len(names) else names[0]
        raise DriverMismatch(
            f'the driver could not read {register} of {silent}: is the servo connected and '
            "powered? Interbotix's simulated driver cannot say it: servos_answer: false"
        )
    return dict(zip(names, values, strict=True))
