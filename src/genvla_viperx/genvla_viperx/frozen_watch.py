# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Joint states that go on coming but do not change: a driver that repeats itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm_monitor import JointSample

Array = NDArray[np.float64]

_VISIBLE_RAD = 0.02
"""A goal that has moved by this much moves an encoder: 13 ticks of 0.0015 rad, beyond what
friction hides."""

_PATIENCE_S = 0.2
"""How long that may take: servos start within some ticks of the driver's 100 Hz."""


class FrozenWatch:
    """Notices that the goal has moved and not one joint's reading has."""

    def __init__(self) -> None:
        """Starts without memory."""
        self._measured = np.zeros(0)
        self._goal: Array | None = None
        self._moved_s: float | None = None

    def is_frozen(self, sample: JointSample, goal: Array | None) -> bool:
        """Returns whether the readings are not those of an arm; call it at every tick.

        Args:
            sample: The last joint state. Without a new one nothing is said: silence is another
                watch's business.
            goal: What was last sent, shape (6,) [rad]; None: nothing.
        """
        if goal is None or self._goal is None or not np.array_equal(sample.q, self._measured):
            self._measured, self._goal, self._moved_s = sample.q, goal, None
            return False
        if self._moved_s is None and np.abs(goal - self._goal).max() > _VISIBLE_RAD:
            self._moved_s = sample.stamp_s
        return self._moved_s is not None and sample.stamp_s - self._moved_s > _PATIENCE_S
