# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Joints that do not move though they were told to: all of them, or one."""

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

_NOISE_RAD = 0.0035
"""An encoder at rest flickers by a tick, 0.0015 rad; this is more than two."""

_STILL_S = 0.27
"""How long a goal may be elsewhere, added up, before a joint moves: an arm may follow by a profile
time late. With the time until a goal is far enough away to be seen this is half a second."""

_LONGEST_GAP_S = 0.1
"""Between two joint states that come at 100 Hz."""

_PATIENCE_S = 0.2
"""How much longer than a motion one joint may take: servos start within some ticks of 100 Hz."""

_FAR_RAD = 0.1
"""No joint that is free rests as far from its goal, whatever its gains."""


class MotionWatch:
    """Notices that the arm was told to move, and that no joint has moved in half a second.

    Compares what was commanded with what is measured, both since the arm was last seen to move. An
    encoder that flickers is no motion, a pause between two chunks takes nothing back, and neither
    does a policy that moves back and forth.
    """

    def __init__(self) -> None:
        """Start without memory."""
        self._last_s = 0.0
        self._since: tuple[Array, Array] | None = None
        self._asked_s = 0.0

    def forget(self) -> None:
        """Start anew: what was commanded until now is not expected any more."""
        self._since = None

    def is_still(
        self, sample: JointSample, goal: Array | None, *, is_under_way: bool = False
    ) -> bool:
        """Return whether the arm does not do what it is told; call it at every tick.

        Args:
            sample: The last joint state. Without a new one nothing is said: silence is another
                watch's business.
            goal: What was last sent, shape (6,) [rad]; None: nothing.
            is_under_way: Whether it was sent so recently that the arm cannot rest yet, and no
                other follows.
        """
        # A clock that was set is no time that has passed.
        passed_s = min(max(sample.stamp_s - self._last_s, 0.0), _LONGEST_GAP_S)
        self._last_s = sample.stamp_s
        if (
            goal is None
            or self._since is None
            or np.abs(sample.q - self._since[0]).max() > _NOISE_RAD
        ):
            # The first goal of all leads away from where the arm is.
            self._since, self._asked_s = (sample.q, sample.q if goal is None else goal), 0.0
            return False
        is_new = np.abs(goal - self._since[1]).max() > _VISIBLE_RAD
        way = np.abs(goal - sample.q).max()
        if (is_new and way > _VISIBLE_RAD) or (is_under_way and way > _FAR_RAD):
            self._asked_s += passed_s
        return self._asked_s > _STILL_S


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
