# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Asks the driver again and again what its servos say of themselves; it tells nobody by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.lifecycle import LifecycleNode

from genvla_viperx.ros.driver_setup import EVERY_MOTOR, register_request, values_by_motor
from genvla_viperx.ros.xs_sdk_client import DriverMismatch, XsSdkClient

_REGISTER = 'Hardware_Error_Status'


class HardwarePoll:
    """A round of questions in every period; it waits for no answer, the control tick goes on.

    A round that is not answered when the next begins is given up: whether the driver lives is for
    the watch on its joint states to say.
    """

    def __init__(
        self,
        node: LifecycleNode,
        driver: XsSdkClient,
        period_s: float,
        on_errors: Callable[[Mapping[str, int]], None],
    ) -> None:
        """Begins to ask.

        Args:
            node: The node that it belongs to.
            driver: Whom to ask.
            period_s: Time between two rounds, above 0 [s].
            on_errors: Gets what a whole round has found, Hardware_Error_Status by motor.
        """
        self._node = node
        self._driver = driver
        self._on_errors = on_errors
        self._give_ups: list[Callable[[], None]] = []
        self._timer = node.create_timer(
            period_s, self._begin_round, callback_group=MutuallyExclusiveCallbackGroup()
        )

    def destroy(self) -> None:
        """Asks no more."""
        self._node.destroy_timer(self._timer)
        self._give_up()

    def _give_up(self) -> None:
        for give_up in self._give_ups:
            give_up()
        self._give_ups = []

    def _begin_round(self) -> None:
        self._give_up()
        found: dict[str, int] = {}
        left = {names for _, names in EVERY_MOTOR}

        def take(names: tuple[str, ...], response: Any) -> None:
            try:
                found.update(values_by_motor(_REGISTER, names, list(response.values)))
            except DriverMismatch as error:
                self._node.get_logger().warning(str(error), throttle_duration_sec=5.0)
                return
            left.discard(names)
            if not left:
                self._on_errors({name: status for name, status in found.items() if status})

        self._give_ups = [
            self._driver.ask(
                'get_motor_registers', register_request(motors, _REGISTER), partial(take, names)
            )
            for motors, names in EVERY_MOTOR
        ]
