# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Single commands to the end effector, as teleoperation records them."""

from __future__ import annotations

from dataclasses import dataclass
import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DeltaTrack:
    """Commands over time.

    Attributes:
        times_s: (N,) when they were recorded (they have no stamp), not decreasing [s].
        actions_NA: (N, 7) as in ActionChunk.
    """

    times_s: Array
    actions_NA: Array

    def commanded(self, time_s: float, *, num_steps: int, period_s: float) -> Array:
        """Return the first command of each control period from a time on.

        Returns:
            (H, 7); NaN where none was given in a period.
        """
        actions = np.full((num_steps, 7), np.nan)
        begins_s = time_s + period_s * np.arange(num_steps + 1)
        first = np.searchsorted(self.times_s, begins_s)
        for step, (here, there) in enumerate(itertools.pairwise(first)):
            if here < there:
                actions[step] = self.actions_NA[here]
        return actions


def action_of(delta: Any) -> list[float]:
    """Return the seven numbers of a genvla_msgs/EndEffectorDelta."""
    return [*_xyz(delta.translation), *_xyz(delta.rotation), delta.gripper]


def _xyz(vector: Any) -> tuple[float, float, float]:
    return vector.x, vector.y, vector.z
