# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The ViperX 300 S as capsules, and how far they reach into a table or a box.

The capsules hold the vertices of the arm's meshes (a test looks). What does not leave its place,
the base and the turning shoulder, is not among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import kinematics

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Capsule:
    """What lies within a radius of a segment.

    Attributes:
        name: What an operator calls this part of the arm.
        link: Index of the frame that it moves with, as `kinematics.link_poses` counts.
        ends: Of the segment, in that frame [m].
        radius: [m].
        may_touch: Whether it is meant to touch the table.
    """

    name: str
    link: int
    ends: tuple[tuple[float, float, float], tuple[float, float, float]]
    radius: float
    may_touch: bool = False


CAPSULES = (
    Capsule('upper arm', 1, ((0.015, 0.0, 0.0), (0.015, 0.0, 0.29)), 0.060),
    Capsule('elbow', 1, ((0.0, 0.0, 0.29), (0.060, 0.0, 0.30)), 0.060),
    Capsule('forearm', 2, ((0.0, 0.0, 0.0), (0.30, 0.0, 0.0)), 0.060),
    Capsule('wrist', 5, ((-0.05, 0.0, 0.005), (0.04, 0.0, 0.005)), 0.047),
    Capsule('gripper', 5, ((0.045, -0.05, 0.0), (0.045, 0.05, 0.0)), 0.047),
    Capsule('fingers', 5, ((0.090, -0.05, 0.0), (0.090, 0.05, 0.0)), 0.042, may_touch=True),
    Capsule('fingers', 5, ((0.125, -0.05, 0.0), (0.125, 0.05, 0.0)), 0.042, may_touch=True),
)

_LINKS = [capsule.link for capsule in CAPSULES]
_ENDS = np.array([capsule.ends for capsule in CAPSULES])
_RADII = np.array([capsule.radius for capsule in CAPSULES])
_ABOVE_TABLE = np.array([not capsule.may_touch for capsule in CAPSULES])
# Between two of them the distance to a corner is at most 0.9 mm more than measured.
_ALONG = np.linspace(0.0, 1.0, 17)[:, None]
_SAMPLING_ERROR = 1e-3

BOX_SIZE = 6
"""Numbers of a box: lower corner x y z, upper corner x y z, base frame [m]."""


@dataclass(frozen=True, eq=False)
class Obstacles:
    """What no part of the arm may reach into.

    Attributes:
        table_height: Of the plane that all but the fingers stay above, base frame [m].
        boxes: Shape (B, 6), rows as `BOX_SIZE` says.
    """

    table_height: float
    boxes: Array

    def depths(self, q: Array) -> Array:
        """Returns how deep each capsule is in the table and in each box, shape (1 + B, C) [m].

        Below 0 outside; -inf for what may touch the table.

        Args:
            q: Joint positions, shape (6,) [rad].
        """
        poses = kinematics.link_poses(q)[_LINKS]
        ends_CE3 = np.einsum('cij,cej->cei', poses[:, :3, :3], _ENDS) + poses[:, None, :3, 3]
        into_table_C = self.table_height - ends_CE3[:, :, 2].min(axis=1) + _RADII
        depths_OC = np.empty((1 + len(self.boxes), len(CAPSULES)))
        depths_OC[0] = np.where(_ABOVE_TABLE, into_table_C, -np.inf)
        if len(self.boxes):
            points_CN3 = ends_CE3[:, :1] + _ALONG * (ends_CE3[:, 1:] - ends_CE3[:, :1])
            for number, box in enumerate(self.boxes, start=1):
                nearest_C = _distance(points_CN3, box).min(axis=1)
                depths_OC[number] = _RADII + _SAMPLING_ERROR - nearest_C
        return depths_OC

    def in_boxes(self, q: Array) -> str:
        """Returns which part of the arm reaches into which box and how deep, or nothing.

        Args:
            q: Joint positions, shape (6,) [rad].
        """
        depths_OC = self.depths(q)
        depths_OC[0] = -np.inf
        depth, name = _deepest(depths_OC, depths_OC)
        return f'{name} by {1000 * depth:.0f} mm' if depth > 0.0 else ''

    def trespassed(self, q: Array, allowed_OC: Array) -> str:
        """Returns which part reaches into which obstacle deeper than allowed, or nothing.

        Capsule by capsule and obstacle by obstacle: an elbow that rests close above the table is
        no reason for a hand to reach into a post.

        Args:
            q: Joint positions, shape (6,) [rad].
            allowed_OC: As `depths` says [m].
        """
        depths_OC = self.depths(q)
        excess_OC = depths_OC - allowed_OC
        if not (excess_OC > 0).any():
            return ''
        depth, what = _deepest(depths_OC, excess_OC)
        return f'{what}, {1000 * depth:.0f} mm deep'


def _deepest(depths_OC: Array, by_OC: Array) -> tuple[float, str]:
    """The depth where something is greatest, and of which part in which obstacle it is."""
    obstacle, part = divmod(int(by_OC.argmax()), len(CAPSULES))
    name = 'the table' if obstacle == 0 else f'keep-out box {obstacle - 1}'
    return float(depths_OC[obstacle, part]), f'the {CAPSULES[part].name} into {name}'


def _distance(points: Array, box: Array) -> Array:
    """Distance of points (..., 3) to a box [m]; below 0 inside of it."""
    beyond = np.maximum(box[:3] - points, points - box[3:])
    outside = np.linalg.norm(np.maximum(beyond, 0.0), axis=-1)
    distance: Array = outside + np.minimum(beyond.max(axis=-1), 0.0)
    return distance
