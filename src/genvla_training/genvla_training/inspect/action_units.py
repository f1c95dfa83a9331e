# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Convert the seven numbers of an action to display units."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_NAMES, GRIPPER


class Dimension(NamedTuple):
    """One number of an action.

    Attributes:
        name: Name of the number.
        unit: Display unit; empty for none.
        scale: Display value per SI value.
    """

    name: str
    unit: str
    scale: float

    @property
    def label(self) -> str:
        """Name and unit."""
        return f'{self.name} [{self.unit}]' if self.unit else self.name


_DEGREES = float(np.degrees(1.0))
DIMENSIONS = (
    *(Dimension(name, 'cm', 100.0) for name in ACTION_NAMES[:3]),
    *(Dimension(name, 'deg', _DEGREES) for name in ACTION_NAMES[3:GRIPPER]),
    Dimension(ACTION_NAMES[GRIPPER], '', 1.0),
)


def to_display(actions_TA: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (T, 7) actions in [cm] and [deg], with the gripper unchanged."""
    scales_A = np.array([dimension.scale for dimension in DIMENSIONS])
    return np.asarray(actions_TA * scales_A)
