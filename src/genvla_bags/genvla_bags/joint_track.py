# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The arm's path during a recording, and the actions that would have led along it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_bags.bag_messages import Message
from genvla_bags.stamps import TopicClock, stamp_s
from genvla_command.end_effector_action import ACTION_DIM, GRIPPER
from genvla_viperx.arm import vx300s
from genvla_viperx.arm.gripper import opening_from_finger
from genvla_viperx.arm.kinematics import forward
from genvla_viperx.arm.rotations import rpy_from_matrix
from genvla_viperx.safety.rules import is_failed_read

Array = NDArray[np.float64]

_LONGEST_GAP_S = 0.25
"""Between two joint states that are further apart than this, the joints are unknown [s]."""


@dataclass(frozen=True, eq=False)
class JointTrack:
    """Measured joints over time.

    Attributes:
        times_s: (N,) increasing [s].
        q_NJ: (N, 6) joint positions [rad].
        openings_N: (N,) gripper openings, 0 closed to 1 open; NaN where not published.
    """

    times_s: Array
    q_NJ: Array
    openings_N: Array

    def q_at(self, time_s: float) -> Array | None:
        """Return the joints at a time, shape (6,) [rad]; None if unknown."""
        return self._at(time_s, self.q_NJ)

    def opening_at(self, time_s: float) -> float:
        """Return the gripper's opening at a time, in [0, 1]; NaN if unknown."""
        opening = self._at(time_s, self.openings_N[:, None])
        return float('nan') if opening is None else float(np.clip(opening[0], 0.0, 1.0))

    def reached_actions(self, time_s: float, *, num_steps: int, period_s: float) -> Array:
        """Return the actions that lead from each measured pose to the next.

        BridgeData relabels the motion of its demonstrations in the same way (Walke et al., 2023):
        an action is the difference of two measured poses. The gripper value is the measured
        opening at the end of the step; Recording.reached_actions uses the commanded opening.

        Returns:
            (H, 7) dx dy dz [m], droll dpitch dyaw [rad] in the base frame, gripper opening; NaN
            where unknown.
        """
        actions = np.full((num_steps, ACTION_DIM), np.nan)
        times_s = time_s + period_s * np.arange(num_steps + 1)
        joints = [self.q_at(at_s) for at_s in times_s]
        poses = [None if q is None else forward(q) for q in joints]
        for step, (here, there) in enumerate(pairwise(poses)):
            if here is not None and there is not None:
                actions[step, :3] = there[:3, 3] - here[:3, 3]
                actions[step, 3:6] = rpy_from_matrix(there[:3, :3] @ here[:3, :3].T)
                actions[step, GRIPPER] = self.opening_at(float(times_s[step + 1]))
        return actions

    def _at(self, time_s: float, values_NV: Array) -> Array | None:
        """Interpolate between the two samples around a time; None if unknown."""
        after = int(np.searchsorted(self.times_s, time_s))
        if after < len(self.times_s) and self.times_s[after] == time_s:
            return np.asarray(values_NV[after])
        if after in (0, len(self.times_s)):
            return None
        start_s, end_s = self.times_s[after - 1], self.times_s[after]
        if end_s - start_s > _LONGEST_GAP_S:
            return None
        share = (time_s - start_s) / (end_s - start_s)
        return np.asarray((1.0 - share) * values_NV[after - 1] + share * values_NV[after])


class JointSamples:
    """Collects joint states while a bag is read."""

    def __init__(self, topic: str) -> None:
        """Start without samples."""
        self._clock = TopicClock(topic)
        self._topic = topic
        self._samples: list[tuple[float, float, tuple[float, ...]]] = []
        self._num_foreign = 0
        self.notices: list[str] = []

    def take(self, message: Message) -> None:
        """Add one sensor_msgs/JointState; skip it if it lacks joints of the arm."""
        body, received_s = message.body, message.received_s
        names, positions = list(body.name), np.asarray(body.position)
        if len(positions) != len(names) or not set(vx300s.JOINT_NAMES) <= set(names):
            self._num_foreign += 1
            return
        taken_s = stamp_s(body.header)
        self._clock.watch(taken_s, received_s)
        q = positions[[names.index(name) for name in vx300s.JOINT_NAMES]]
        self._samples.append((taken_s, received_s, (*q.tolist(), opening_of(body))))

    def track(self) -> JointTrack | None:
        """Return the collected states in order of time; None if there are none of this arm."""
        if self._num_foreign:
            self.notices.append(
                f'{self._num_foreign} messages of {self._topic} are skipped: they lack joints of '
                f'a ViperX 300 S ({", ".join(vx300s.JOINT_NAMES)})'
            )
        if self._clock.notice:
            self.notices.append(self._clock.notice)
        rows = sorted(
            (self._clock.time_s(taken, got), *values) for taken, got, values in self._samples
        )
        table = np.array(rows, dtype=np.float64).reshape(-1, 2 + vx300s.NUM_JOINTS)
        failed = np.array([is_failed_read(row[1:-1]) for row in table], dtype=np.bool_)
        if failed.any():
            self.notices.append(
                f'{int(failed.sum())} messages of {self._topic} are skipped: a read of the '
                'servos failed (every joint at -pi, or values that are not finite)'
            )
        table = table[~failed]
        table = table[np.diff(table[:, 0], prepend=-np.inf) > 0.0]
        if not len(table):
            return None
        return JointTrack(table[:, 0], table[:, 1:-1], table[:, -1])


def opening_of(body: Any) -> float:
    """Return the gripper's opening from a sensor_msgs/JointState; NaN if it lacks the finger."""
    names = list(body.name)
    if vx300s.LEFT_FINGER_NAME not in names:
        return float('nan')
    return opening_from_finger(float(body.position[names.index(vx300s.LEFT_FINGER_NAME)]))
