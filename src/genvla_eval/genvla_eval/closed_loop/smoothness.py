# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure how smoothly a stream of joint commands moves an arm."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_PAUSE = 1.5
"""Number of periods without a command after which the arm stands still."""


def largest_velocity_change(
    commands: Sequence[tuple[float, Array]], start: Array, period_s: float
) -> float:
    """Return the largest change of a joint's velocity between consecutive commands [rad/s].

    A command moves the joints from the previous target within one period, or until the next
    command if that comes sooner. If the next command is late, the arm stands still in between;
    both the stop and the start count as changes. The start of the first command does not count.

    Args:
        commands: Times [s], ascending, and joint positions, shape (6,) [rad].
        start: Joint positions before the first command, shape (6,) [rad].
        period_s: Time between two commands of a stream [s].
    """
    velocities: list[Array] = []
    before = start
    for index, (time_s, q) in enumerate(commands):
        is_last = index + 1 == len(commands)
        gap_s = np.inf if is_last else commands[index + 1][0] - time_s
        velocities.append((q - before) / min(gap_s, period_s))
        if gap_s > _PAUSE * period_s and not is_last:
            velocities.append(np.zeros_like(q))
        before = q
    changes = [abs(after - first).max() for first, after in pairwise(velocities)]
    return float(max(changes, default=0.0))
