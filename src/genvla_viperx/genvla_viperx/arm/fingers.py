# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How low the fingers reach, and a tool pose that keeps them above a given height."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_EDGES = ((0.0465, 0.0376, 0.0052), (-0.0235, 0.0605, 0.0307), (-0.0440, 0.0605, 0.0307))
"""The tips, then both ends of the knuckles: x from the tool, and the half-widths along y and z,
with the fingers open [m]. Their convex hull contains the vertices of the fingers' meshes (a test
checks this)."""

_ROUNDING = 1e-9

_CORNERS = np.array(
    [(x, side * y, up * z) for x, y, z in _EDGES for side in (-1.0, 1.0) for up in (-1.0, 1.0)]
)


def lowest_point(base_T_tool: Array) -> float:
    """Return the height of the lowest point of the fingers [m] at a tool pose, shape (4, 4).

    The fingers are assumed open; closed fingers reach no lower.
    """
    return float(base_T_tool[2, 3] + (_CORNERS @ base_T_tool[2, :3]).min())


def raised(base_T_tool: Array, floor: float) -> Array:
    """Return a tool pose, shape (4, 4), raised just enough to keep the fingers above a height.

    A target below that height slides along it instead of stopping.

    Args:
        base_T_tool: Requested pose, shape (4, 4); not modified.
        floor: Height that no point of the fingers may be below [m].
    """
    missing = floor - lowest_point(base_T_tool)
    if missing <= _ROUNDING:
        return base_T_tool
    pose = base_T_tool.copy()
    pose[2, 3] += missing
    return pose
