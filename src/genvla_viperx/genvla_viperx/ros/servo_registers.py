# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read and write the registers of the arm's nine servos by name, through the driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from genvla_viperx.arm import vx300s
from genvla_viperx.ros.xs_sdk_client import DriverMismatch, XsSdkClient
from interbotix_xs_msgs.srv import RegisterValues

Motors = tuple[str, str]
"""cmd_type and name, as the driver's services expect them."""

_IN_GROUPS: tuple[tuple[Motors, tuple[str, ...]], ...] = ((('group', 'all'), vx300s.MOTOR_NAMES),)

EVERY_MOTOR: tuple[tuple[Motors, tuple[str, ...]], ...] = (
    *_IN_GROUPS,
    *((('single', name), (name,)) for name in vx300s.SHADOW_MOTOR_NAMES),
)
"""The requests that cover all nine servos, and the servos whose values each one returns."""


@dataclass(frozen=True)
class ServoRegisters:
    """Reads registers of all servos at once, and writes them one by one.

    Attributes:
        driver: Client of the driver.
        timeout_s: Longest wait for an answer [s].
        has_shadows: Whether the driver knows the second servos by name.
    """

    driver: XsSdkClient
    timeout_s: float
    has_shadows: bool = True

    def read(self, register: str) -> dict[str, int]:
        """Return a register of every servo, by motor.

        Raises:
            DriverMismatch: A servo does not answer.
        """
        values: dict[str, int] = {}
        for motors, names in EVERY_MOTOR if self.has_shadows else _IN_GROUPS:
            request = register_request(motors, register)
            response = self.driver.call('get_motor_registers', request, self.timeout_s)
            values |= values_by_motor(register, names, list(response.values))
        return values

    def write(self, motor: str, register: str, value: int) -> None:
        """Write a register of one servo; only a later read shows whether the servo accepted it."""
        request = RegisterValues.Request(cmd_type='single', name=motor, reg=register, value=value)
        self.driver.call('set_motor_registers', request, self.timeout_s)


def register_request(motors: Motors, register: str) -> Any:
    """Return the request of get_motor_registers for a register."""
    cmd_type, name = motors
    return RegisterValues.Request(cmd_type=cmd_type, name=name, reg=register)


def values_by_motor(register: str, names: tuple[str, ...], values: list[int]) -> dict[str, int]:
    """Return the values of an answer, by motor.

    Raises:
        DriverMismatch: Values are missing. The driver stops reading at the first servo that does
            not answer, so the answer may be empty.
    """
    if len(values) != len(names):
        silent = names[len(values)] if len(values) < len(names) else names[0]
        raise DriverMismatch(
            f'the driver could not read {register} of {silent}: is the servo connected and '
            "powered? With Interbotix's simulated driver, set servos_answer: false"
        )
    return dict(zip(names, values, strict=True))
