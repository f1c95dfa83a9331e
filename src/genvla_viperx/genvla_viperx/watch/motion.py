# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Detect joints that do not move although they were commanded to: all of them, or one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import vx300s
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.watch.joint_states import JointSample

Array = NDArray[np.float64]

_VISIBLE_RAD = 0.012
"""A goal that has moved by this much moves an encoder: 8 ticks of 0.0015 rad, more than friction
hides. Policies take steps of 5 mm, which is as much at the waist."""

_NOISE_RAD = 0.0035
"""An encoder at rest flickers by one tick, 0.0015 rad; this is more than two ticks."""

_STILL_S = 0.27
"""How long a goal may be elsewhere, in total, before a joint moves. Together with the time until a
goal is far enough away to be visible, this is half a second."""

_LATE_S = 0.02
"""How much later than one profile time an arm may follow."""

_LONGEST_GAP_S = 0.1
"""Longest gap that counts between two joint states, which arrive at 100 Hz."""

_PATIENCE_S = 0.2
"""How much longer than a motion one joint may take: servos start within some ticks of 100 Hz."""

_FAR_RAD = 0.1
"""No free joint rests this far from its goal, whatever its gains."""


class MotionWatch:
    """Detects that the arm was commanded to move, but no joint has moved for half a second.

    With a long profile, it waits for longer: an arm may follow one profile time late.

    It compares the commanded and the measured motion since the arm was last seen to move. A
    flickering encoder does not count as motion. Neither a pause between two chunks nor a policy
    that moves back and forth resets the time.
    """

    def __init__(self, move_time_s: float) -> None:
        """Start without history.

        Args:
            move_time_s: Profile time of the servos [s]: an arm may follow this much later.
        """
        self._still_s = max(_STILL_S, move_time_s + _LATE_S)
        self._last_s = 0.0
        self._since: tuple[Array, Array] | None = None
        self._asked_s = 0.0

    def forget(self) -> None:
        """Start again: expect no motion from earlier commands."""
        self._since = None

    def is_still(
        self, sample: JointSample, goal: Array | None, *, is_under_way: bool = False
    ) -> bool:
        """Return whether the arm fails to move as commanded; call it at every tick.

        Args:
            sample: The last joint state. Without a new one, no time passes: another watch detects
                silence.
            goal: The last goal sent, shape (6,) [rad]; None: nothing.
            is_under_way: Whether the goal was sent so recently that the arm cannot be at rest yet,
                and no other goal follows.
        """
        # A jump of the clock does not count as elapsed time.
        passed_s = min(max(sample.stamp_s - self._last_s, 0.0), _LONGEST_GAP_S)
        self._last_s = sample.stamp_s
        if (
            goal is None
            or self._since is None
            or np.abs(sample.q - self._since[0]).max() > _NOISE_RAD
        ):
            # Measure the first goal from the arm's own position.
            self._since, self._asked_s = (sample.q, sample.q if goal is None else goal), 0.0
            return False
        is_new = np.abs(goal - self._since[1]).max() > _VISIBLE_RAD
        way = np.abs(goal - sample.q).max()
        if (is_new and way > _VISIBLE_RAD) or (is_under_way and way > _FAR_RAD):
            self._asked_s += passed_s
        return self._asked_s > self._still_s


class StuckWatch:
    """Detects that one joint's reading is constant, although it should move far and others move.

    The cause may be an encoder that repeats itself, a servo without torque, or a blocked joint.
    The reading must be exactly the same while another joint moves visibly: a joint that is pressed
    against something flickers when the arm bends. No joint rests this far from its goal.
    """

    def __init__(self, config: SafetyConfig) -> None:
        """Start without history."""
        self._far = max(config.rest_tolerance, _FAR_RAD)
        self._patience_s = config.move_time_s + _PATIENCE_S
        self._last: JointSample | None = None
        self._since_s = np.zeros(vx300s.NUM_JOINTS)
        self._then = np.zeros((vx300s.NUM_JOINTS, vx300s.NUM_JOINTS))

    def stuck(self, sample: JointSample, goal: Array | None) -> tuple[str, ...]:
        """Return the joints that are stuck; call it at every tick.

        Args:
            sample: The last joint state.
            goal: The last goal sent, shape (6,) [rad]; None: nothing.
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
