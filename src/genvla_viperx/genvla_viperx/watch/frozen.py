# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Joint states that go on coming but do not change: of all joints, or of one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import vx300s
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.watch.joint_states import JointSample

Array = NDArray[np.float64]

_VISIBLE_RAD = 0.012
"""A goal that has moved by this much moves an encoder: 8 ticks of 0.0015 rad, beyond what friction
hides. Policies take steps of 5 mm, which is as much at the waist."""

_PATIENCE_S = 0.2
"""How long that may take: servos start within some ticks of the driver's 100 Hz."""

_FAR_RAD = 0.1
"""No joint that is free rests as far from its goal, whatever its gains."""


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
        if np.abs(goal - sample.q).max() <= _VISIBLE_RAD:
            self._moved_s = None  # it is there already
            return False
        if self._moved_s is None and np.abs(goal - self._goal).max() > _VISIBLE_RAD:
            self._moved_s = sample.stamp_s
        return self._moved_s is not None and sample.stamp_s - self._moved_s > _PATIENCE_S


class StuckWatch:
    """Notices that one joint's reading does not change, though it should go far and others move.

    An encoder that repeats itself, a servo without torque, or a joint that is blocked. Its reading
    has to be the very same, while another joint has moved visibly: a joint that is pressed
    against something flickers when the arm bends. No joint rests as far from its goal.
    """

    def __init__(self, config: SafetyConfig) -> None:
        """Starts without memory."""
        self._far = max(config.rest_tolerance, _FAR_RAD)
        self._patience_s = config.move_time_s + _PATIENCE_S
        self._last: JointSample | None = None
        self._since_s = np.zeros(vx300s.NUM_JOINTS)
        self._then = np.zeros((vx300s.NUM_JOINTS, vx300s.NUM_JOINTS))

    def stuck(self, sample: JointSample, goal: Array | None) -> tuple[str, ...]:
        """Returns the joints that are stuck; call it at every tick.

        Args:
            sample: The last joint state.
            goal: What was last sent, shape (6,) [rad]; None: nothing.
        """
        last, self._last = self._last, sample
        if last is None or goal is None:
            waits = np.zeros(vx300s.NUM_JOINTS, dtype=bool)
        else:
            waits = (sample.q == last.q) & (np.abs(goal - sample.q) > self._far)
        self._since_s = np.where(waits, self._since_s, sample.stamp_s)
        self._then[~waits] = sample.q
        others_moved = np.abs(self._then - sample.q).max(axis=1) > _VISIBLE_RAD
        stuck = waits & others_moved & (sample.stamp_s - self._since_s > self._patience_s)
        return tuple(
            name for name, is_stuck in zip(vx300s.JOINT_NAMES, stuck, strict=True) if is_stuck
        )
