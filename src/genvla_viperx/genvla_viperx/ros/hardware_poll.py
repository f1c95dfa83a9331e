# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Poll the servos for errors and changed settings; the driver does not report them by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, product
import threading
import time
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup

from genvla_node.clocks import pacing_clock
from genvla_node.managed_node import ManagedNode
from genvla_viperx.ros.servo_registers import EVERY_MOTOR, register_request, values_by_motor
from genvla_viperx.ros.xs_sdk_client import DriverMismatch, XsSdkClient

_ERRORS = 'Hardware_Error_Status'
_BELIEVED_ROUNDS = 3
"""A read of the bus fails now and then; after this many in a row, a servo counts as silent."""
_LONGEST_SILENCE_S = 5.0
_LONGEST_ROUND_S = 1.0


@dataclass
class _Round:
    """The requests of one period, and the answers so far."""

    setting: str
    left: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    values: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    objection: str = ''
    give_ups: list[Callable[[], None]] = field(default_factory=list)


class HardwarePoll:
    """Polls the servos in every period without blocking, so the control tick continues.

    A round reads the errors of every servo, and one of the settings in turn, because the servos
    share one bus and the joint states wait for it.

    A round that takes longer than a period delays the next one; a round that takes far too long is
    abandoned. If the driver answers for none or only some of the servos, this is reported.
    """

    def __init__(
        self,
        node: ManagedNode,
        driver: XsSdkClient,
        period_s: float,
        settings: Mapping[str, Mapping[str, int]],
        *,
        on_errors: Callable[[Mapping[str, int]], None],
        on_changes: Callable[[Mapping[str, str]], None],
        on_silent_servo: Callable[[str], None],
    ) -> None:
        """Start polling.

        Args:
            node: The node that owns the timer.
            driver: Client of the driver.
            period_s: Time between two rounds, above 0 [s].
            settings: The required settings, by register and motor.
            on_errors: Called with the result of each complete round, Hardware_Error_Status by
                motor.
            on_changes: Called with the motors whose settings are not the required ones, and a
                sentence for each.
            on_silent_servo: Called with a sentence after every round from the third in a row in
                which a servo did not answer, and after every round once no round was complete for
                a long time.
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
        self._required = settings
        self._settings = cycle(settings)
        self._lock = threading.Lock()
        self._is_destroyed = False
        self.resume()
        self._timer = node.create_timer(
            period_s,
            self._begin_round,
            callback_group=MutuallyExclusiveCallbackGroup(),
            clock=pacing_clock(node),
        )

    @property
    def silence(self) -> str:
        """A message if no round was complete for a long time; otherwise empty."""
        silence_s = time.monotonic() - self._complete_s
        if self._is_paused or silence_s <= self._longest_silence_s:
            return ''
        return (
            f'for {silence_s:.0f} s it has been unknown whether a servo has switched itself off: '
            'the driver does not answer get_motor_registers; check that it is not busy, and that '
            'only one driver runs'
        )

    def excuse_silence(self) -> None:
        """Measure the silence from now on, because this process itself was paused."""
        self._complete_s = time.monotonic()

    def destroy(self) -> None:
        """Stop polling: after this call, no round uses the driver."""
        self._node.destroy_timer(self._timer)
        self._is_destroyed = True
        self.pause()

    def pause(self) -> None:
        """Suspend polling while servos are rebooted."""
        with self._lock:  # wait for a round that is just beginning
            self._is_paused = True
            self._give_up()

    def resume(self) -> None:
        """Resume polling, and forget missing answers."""
        self._incomplete = 0
        self._complete_s = time.monotonic()
        self._is_paused = self._is_destroyed

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
        with self._lock:
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
        if asked is not self._round:
            return  # it was given up
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
        required = self._required[setting]
        self._on_changes(
            {
                motor: f'{setting} is {value}, was {required[motor]}'
                for motor, value in values.items()
                if value != required[motor]
            }
        )
