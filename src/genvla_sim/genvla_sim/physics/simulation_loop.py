# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs a simulated arm in its own thread, in real time or as fast as it can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import threading
import time

from genvla_sim.physics.simulated_arm import TICK_S, SimulatedArm

_GIVE_UP_S = 0.5
"""Lag that is no longer caught up with: the simulation then simply runs late from there on."""


@dataclass(frozen=True)
class Pace:
    """How a stretch of the loop kept up with the clock."""

    ticks: int
    lag_s: float
    """Mean delay of a tick behind its due time."""
    max_lag_s: float
    skipped_s: float
    """Real time that was given up instead of caught up with."""


class SimulationLoop:
    """Steps a `SimulatedArm` every 10 ms of simulated time and tells listeners about it.

    Threads: `start` makes one, which calls `tick`; listeners are called in it, after the step and
    without the arm's lock. Without `start`, whoever calls `tick` is that thread, as tests do.

    Attributes:
        arm: What is stepped.
        real_time_factor: Simulated over real seconds; 0 is as fast as it can.
        unread_until_s: Until then nobody reads the arm's joints, as while a driver is away.
    """

    def __init__(self, arm: SimulatedArm, *, real_time_factor: float = 1.0) -> None:
        """Prepare; nothing moves before `start` or `tick`.

        Args:
            arm: what is stepped.
            real_time_factor: simulated over real seconds; 0 is as fast as it can.
        """
        self.arm = arm
        self.real_time_factor = real_time_factor
        self.unread_until_s = 0.0
        self._listeners: list[Callable[[float], None]] = []
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._lags_s: list[float] = []
        self._skipped_s = 0.0

    @property
    def time_s(self) -> float:
        """Simulated time since the loop began; never runs back."""
        return self.arm.time_s

    @property
    def keeps_real_time(self) -> bool:
        """Whether simulated seconds are real ones, so that nobody needs a simulated clock."""
        return self.real_time_factor == 1.0

    def add_listener(self, listener: Callable[[float], None]) -> None:
        """Call `listener(time_s)` after every step, in the order in which they were added."""
        self._listeners.append(listener)

    def tick(self) -> None:
        """Advance by 10 ms and tell the listeners."""
        self.arm.step(TICK_S)
        for listener in self._listeners:
            listener(self.arm.time_s)

    def start(self) -> None:
        """Begin to run in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name='physics', daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop and wait for the step under way; no listener is called afterwards."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def take_pace(self) -> Pace:
        """Returns how the loop kept up since the last call."""
        lags_s, self._lags_s = self._lags_s, []
        skipped_s, self._skipped_s = self._skipped_s, 0.0
        mean_s = sum(lags_s) / len(lags_s) if lags_s else 0.0
        return Pace(len(lags_s), mean_s, max(lags_s, default=0.0), skipped_s)

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._stopped.is_set():
            self.tick()
            if self.real_time_factor == 0.0:
                self._lags_s.append(0.0)
                time.sleep(0)  # lets the other threads of the process in
                continue
            due_s += TICK_S / self.real_time_factor
            lag_s = time.monotonic() - due_s
            self._lags_s.append(max(lag_s, 0.0))
            if lag_s > _GIVE_UP_S:
                self._skipped_s += lag_s
                due_s += lag_s
            self._stopped.wait(max(-lag_s, 0.0))
