# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Asks the driver again and again what its servos say of themselves; it tells nobody by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, product
import time
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup

from genvla_node.clocks import pacing_clock
from genvla_node.managed_node import ManagedNode
from genvla_viperx.ros.servo_registers import EVERY_MOTOR, register_request, values_by_motor
from genvla_viperx.ros.xs_sdk_client import DriverMismatch, XsSdkClient

_ERRORS = 'Hardware_Error_Status'
_SETTINGS = ('Torque_Enable', 'Operating_Mode', 'Profile_Velocity')
"""What nobody but the bridge changes. One of them is read in each round: the servos share one bus,
and joint_states wait for it."""
_BELIEVED_ROUNDS = 3
"""A read of the bus fails now and then; so many in a row are a servo that does not answer."""
_LONGEST_SILENCE_S = 5.0
_LONGEST_ROUND_S = 1.0


@dataclass
class _Round:
    """The questions of one period, and what has come back."""

    setting: str
    left: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    values: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    objection: str = ''
    give_ups: list[Callable[[], None]] = field(default_factory=list)


class HardwarePoll:
    """A round of questions in every period; it waits for no answer, the control tick goes on.

    A round asks every servo for its errors, and for one of the settings that must stay as they
    were in the first round: in three rounds all of them have been looked at.

    A round that takes longer than a period puts the next one off; one that takes far too long is
    given up. A driver that answers for no servo, or not for every one, is told.
    """

    def __init__(
        self,
        node: ManagedNode,
        driver: XsSdkClient,
        period_s: float,
        *,
        on_errors: Callable[[Mapping[str, int]], None],
        on_changes: Callable[[Mapping[str, str]], None],
        on_silent_servo: Callable[[str], None],
    ) -> None:
        """Begins to ask.

        Args:
            node: The node that it belongs to.
            driver: Whom to ask.
            period_s: Time between two rounds, above 0 [s].
            on_errors: Gets what a whole round has found, Hardware_Error_Status by motor.
            on_changes: Gets the motors whose settings are not what they were, with a sentence.
            on_silent_servo: Gets a sentence after every round from the third in a row in which a
                servo did not answer, and after every round once none was answered for long.
        """
        self._node = node
        self._driver = driver
        self._on_errors = on_errors
        self._on_changes = on_changes
        self._on_silent_servo = on_silent_servo
        self._longest_round_s = max(_LONGEST_ROUND_S, period_s)
        self._longest_silence_s = max(_LONGEST_SILENCE_S, _BELIEVED_ROUNDS * period_s)
        self._round: _Round | None = None
        self._begun_s = 0.0
        self._settings = cycle(_SETTINGS)
        self._is_paused = False
        self.resume()
        self._timer = node.create_timer(
            period_s,
            self._begin_round,
            callback_group=MutuallyExclusiveCallbackGroup(),
            clock=pacing_clock(node),
        )

    @property
    def silence(self) -> str:
        """Says that no round has been answered for long; empty while they are."""
        silence_s = time.monotonic() - self._complete_s
        if self._is_paused or silence_s <= self._longest_silence_s:
            return ''
        return (
            f'nobody has said for {silence_s:.0f} s whether a servo has switched itself off: the '
            'driver does not answer get_motor_registers; is it busy, or of two drivers?'
        )

    def excuse_silence(self) -> None:
        """Count silence from now on: it was this process that did nothing."""
        self._complete_s = time.monotonic()

    def destroy(self) -> None:
        """Asks no more."""
        self._node.destroy_timer(self._timer)
        self._give_up()

    def pause(self) -> None:
        """Asks nothing while somebody reboots servos."""
        self._is_paused = True
        self._give_up()

    def resume(self) -> None:
        """Ask again, forget what was not answered, and take the settings for right as they are."""
        self._incomplete = 0
        # But for torque: it may have been taken since somebody has looked.
        torque = {name: 1 for _, names in EVERY_MOTOR for name in names}
        self._expected: dict[str, dict[str, int]] = {'Torque_Enable': torque}
        self._complete_s = time.monotonic()
        self._is_paused = False

    def _give_up(self) -> None:
        given_up, self._round = self._round, None
        for give_up in [] if given_up is None else given_up.give_ups:
            give_up()

    def _end_round(self) -> None:
        ended = self._round
        self._give_up()
        if ended is None:
            return
        if not ended.left:
            self._incomplete, self._complete_s = 0, time.monotonic()
        elif ended.objection:
            self._incomplete += 1
            if self._incomplete >= _BELIEVED_ROUNDS:
                self._on_silent_servo(ended.objection)
        if silence := self.silence:
            self._on_silent_servo(silence)
            self._node.get_logger().error(silence, throttle_duration_sec=5.0)

    def _begin_round(self) -> None:
        pending = self._round
        is_open = pending is not None and pending.left and not pending.objection
        if is_open and time.monotonic() - self._begun_s < self._longest_round_s:
            return
        self._end_round()
        if self._is_paused:
            return
        self._begun_s = time.monotonic()
        begun = self._round = _Round(next(self._settings))
        questions = list(product((_ERRORS, begun.setting), EVERY_MOTOR))
        begun.left = {(register, names) for register, (_, names) in questions}
        begun.give_ups = [
            self._driver.ask(
                'get_motor_registers',
                register_request(motors, register),
                partial(self._take, begun, register, names),
            )
            for register, (motors, names) in questions
        ]

    def _take(self, asked: _Round, register: str, names: tuple[str, ...], response: Any) -> None:
        try:
            values = values_by_motor(register, names, list(response.values))
        except DriverMismatch as error:
            asked.objection = str(error)
            self._node.get_logger().warning(str(error), throttle_duration_sec=5.0)
            return
        asked.values[register] |= values
        asked.left.discard((register, names))
        if not asked.left:
            errors = {name: status for name, status in asked.values[_ERRORS].items() if status}
            self._on_errors(errors)
            self._compare(asked.setting, asked.values[asked.setting])

    def _compare(self, setting: str, values: Mapping[str, int]) -> None:
        expected = self._expected.setdefault(setting, dict(values))
        self._on_changes(
            {
                motor: f'{setting} is {value}, was {expected[motor]}'
                for motor, value in values.items()
                if value != expected[motor]
            }
        )
