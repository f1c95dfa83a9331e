# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Single end-effector commands, as teleoperation records them."""

from __future__ import annotations

from dataclasses import dataclass
import itertools

import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_DIM

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DeltaTrack:
    """End-effector commands over time.

    Attributes:
        times_s: (N,) recording times, not decreasing [s]; the messages have no stamp.
        actions_NA: (N, 7), see genvla_command.end_effector_action.
    """

    times_s: Array
    actions_NA: Array

    def commanded(self, time_s: float, *, num_steps: int, period_s: float) -> Array:
        """Return the first command in each control period from `time_s` on.

        Returns:
            (H, 7); NaN for a period without a command.
        """
        actions = np.full((num_steps, ACTION_DIM), np.nan)
        begins_s = time_s + period_s * np.arange(num_steps + 1)
        first = np.searchsorted(self.times_s, begins_s)
        for step, (here, there) in enumerate(itertools.pairwise(first)):
            if here < there:
                actions[step] = self.actions_NA[here]
        return actions
