# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The measurable state at one instant, the only input of success tests and the expert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TABLE = 'table'
"""Name of the table in contacts."""


@dataclass(frozen=True, eq=False)
class ObjectState:
    """Pose and contacts of one object."""

    base_T_object: Array
    """Pose in the base frame, shape (4, 4)."""
    speed_m_s: float
    """Speed of its origin."""
    touches: frozenset[str]
    """Names in contact with it: objects, 'left_pad', 'right_pad', 'table'."""

    @property
    def position(self) -> Array:
        """Origin in the base frame, shape (3,) [m]."""
        return self.base_T_object[:3, 3]

    @property
    def yaw(self) -> float:
        """Direction of its x axis seen from above [rad]."""
        return float(np.arctan2(self.base_T_object[1, 0], self.base_T_object[0, 0]))


@dataclass(frozen=True, eq=False)
class TabletopState:
    """The arm and every object at one instant."""

    time_s: float
    joint_positions: Array
    """Measured, shape (6,) [rad]."""
    base_T_tool: Array
    """Measured pose of ee_gripper_link, shape (4, 4)."""
    finger_m: float
    """Measured offset of one finger from the centre line."""
    objects: Mapping[str, ObjectState]
