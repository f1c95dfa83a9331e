# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The region in which the tool and the fingers may be sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import fingers
from genvla_viperx.safety.config import SafetyConfig

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Workspace:
    """A box for the tool's origin, and a floor below which no point of the fingers goes.

    Attributes:
        lower: Lower corner of the box, base frame, shape (3,) [m].
        upper: Upper corner, shape (3,) [m].
        finger_floor: Height of that floor, slightly below the table's surface [m].
    """

    lower: Array
    upper: Array
    finger_floor: float

    @classmethod
    def of(cls, config: SafetyConfig) -> Workspace:
        """Return the workspace that the operator has configured."""
        lower, upper = np.array(config.workspace_lower), np.array(config.workspace_upper)
        return cls(lower, upper, config.finger_floor)

    def reaching(self, base_T_tool: Array) -> Workspace:
        """Return the workspace extended to a tool pose, shape (4, 4), that is outside it.

        From there (such as the sleep pose) the tool may stay or come back, but not go further out.
        It also does not jump to the wall.
        """
        position = base_T_tool[:3, 3]
        return replace(
            self,
            lower=np.minimum(self.lower, position),
            upper=np.maximum(self.upper, position),
            finger_floor=min(self.finger_floor, fingers.lowest_point(base_T_tool)),
        )

    def clamped(self, base_T_tool: Array) -> Array:
        """Return a tool pose, shape (4, 4), moved inside: to the walls, then up off the floor."""
        pose = base_T_tool.copy()
        pose[:3, 3] = np.minimum(np.maximum(pose[:3, 3], self.lower), self.upper)
        return fingers.raised(pose, self.finger_floor)

    def outside(self, base_T_tool: Array) -> float:
        """Return how far a tool pose, shape (4, 4), is outside, on the worst axis [m]."""
        return float(np.abs(self.clamped(base_T_tool)[:3, 3] - base_T_tool[:3, 3]).max())
