# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run a simulated arm in its own thread, in real time or as fast as possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import threading
import time

from genvla_sim.physics.simulated_arm import TICK_S, SimulatedArm

_GIVE_UP_S = 0.5
"""Maximum lag that the loop catches up with; after a larger one, the simulation stays late."""


@dataclass(frozen=True)
class Pace:
    """Timing of a stretch of the loop relative to the clock."""

    ticks: int
    lag_s: float
    """Mean delay of a tick behind its due time."""
    max_lag_s: float
    skipped_s: float
    """Real time that was dropped instead of caught up with."""


class SimulationLoop:
    """Steps a `SimulatedArm` every 10 ms of simulated time and notifies listeners.

    Threads: `start` creates one, which calls `tick`. Listeners run in it, after the step and
    without the arm's lock. Without `start`, the caller of `tick` is that thread, as in tests.

    Attributes:
        arm: The arm to step.
        real_time_factor: Simulated over real seconds; 0 is as fast as possible.
        unread_until_s: Time until which the arm's joints are not read, as while a driver is away.
    """

    def __init__(self, arm: SimulatedArm, *, real_time_factor: float = 1.0) -> None:
        """Prepare the loop; nothing moves before `start` or `tick`.

        Args:
            arm: The arm to step.
            real_time_factor: Simulated over real seconds; 0 is as fast as possible.
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
        """Simulated time of the arm; a reset of the scene does not set it back."""
        return self.arm.time_s

    @property
    def keeps_real_time(self) -> bool:
        """Whether simulated time is real time, so that no node needs a simulated clock."""
        return self.real_time_factor == 1.0

    def add_listener(self, listener: Callable[[float], None]) -> None:
        """Call `listener(time_s)` after every step; listeners run in the order of registration."""
        self._listeners.append(listener)

    def tick(self) -> None:
        """Advance by 10 ms and notify the listeners."""
        self.arm.step(TICK_S)
        for listener in self._listeners:
            listener(self.arm.time_s)

    def start(self) -> None:
        """Start running in a separate thread."""
        self._thread = threading.Thread(target=self._run, name='physics', daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop and wait for the current step; no listener is called afterwards."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def take_pace(self) -> Pace:
        """Return the timing of the loop since the last call."""
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
                time.sleep(0)  # lets other threads of the process run
                continue
            due_s += TICK_S / self.real_time_factor
            lag_s = time.monotonic() - due_s
            self._lags_s.append(max(lag_s, 0.0))
            if lag_s > _GIVE_UP_S:
                self._skipped_s += lag_s
                due_s += lag_s
            self._stopped.wait(max(-lag_s, 0.0))
