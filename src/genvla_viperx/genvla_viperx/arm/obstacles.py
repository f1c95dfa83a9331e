# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How deep the arm is in the table, in itself and in boxes, and whether a motion is free.

Shape suffixes: K joint vectors, O obstacles (the table, the arm itself, then the boxes), C
capsules of the arm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import shape
from genvla_viperx.arm.shape import CAPSULES, LOAD, RADII

Array = NDArray[np.float64]

_ABOVE_TABLE = np.array([not capsule.may_touch for capsule in CAPSULES])
# Between two of these samples, the distance to a corner is overestimated by at most 0.9 mm.
_ALONG = np.linspace(0.0, 1.0, 17)
_SAMPLING_ERROR = 1e-3

BOX_SIZE = 6
"""Number of values of a box: lower corner x y z, upper corner x y z, base frame [m]."""

TABLE, ITSELF = 0, 1
_NUM_BEFORE_BOXES = 2

_ROUNDING = 1e-6
_BETWEEN_M = 2e-3
"""How far a part may move between a sampled configuration and the configurations next to it
[m]."""


@dataclass(frozen=True, eq=False)
class Obstacles:
    """The obstacles that no part of the arm may enter: the table, boxes, and the arm itself.

    Attributes:
        table_height: Height of the plane that all parts except the fingers stay above, base frame
            [m].
        boxes: Shape (B, 6), one row per box as described at `BOX_SIZE`.
    """

    table_height: float
    boxes: Array

    def depths(self, q_K6: Array, *, carries: bool = False) -> Array:
        """Return how deep each capsule is in each obstacle, shape (K, O, C) [m].

        Negative outside; -inf for a part that may touch the table, or that cannot meet an
        obstacle.

        Args:
            q_K6: Joint positions, shape (K, 6) [rad].
            carries: Whether there is something between the fingers.
        """
        ends_KC23 = shape.segments(q_K6)
        depths_KOC = np.empty((len(q_K6), _NUM_BEFORE_BOXES + len(self.boxes), len(CAPSULES)))
        into_table = self.table_height - ends_KC23[..., 2].min(axis=-1) + RADII
        depths_KOC[:, TABLE] = np.where(_ABOVE_TABLE, into_table, -np.inf)
        depths_KOC[:, ITSELF] = shape.depths_in_itself(ends_KC23)
        if len(self.boxes):
            # With x, y and z first, numpy is several times as fast.
            first, last = np.ascontiguousarray(ends_KC23.transpose(2, 3, 0, 1))[..., None]
            points = first + _ALONG * (last - first)
            for number, box in enumerate(self.boxes, start=_NUM_BEFORE_BOXES):
                nearest = _distance(points, box).min(axis=-1)
                depths_KOC[:, number] = RADII + _SAMPLING_ERROR - nearest
        if not carries:
            depths_KOC[..., LOAD] = -np.inf
        return depths_KOC

    def entered(self, q: Array, *, only_boxes: bool = False) -> str:
        """Return which part of the arm is in which obstacle and how deep, or an empty string.

        Args:
            q: Joint positions, shape (6,) [rad].
            only_boxes: Whether to ignore the table and the arm itself.
        """
        depths_OC = self.depths(q[None])[0]
        if only_boxes:
            depths_OC[:_NUM_BEFORE_BOXES] = -np.inf
        obstacle, part = np.unravel_index(depths_OC.argmax(), depths_OC.shape)
        depth = depths_OC[obstacle, part]
        if depth <= 0.0:
            return ''
        return f'{_meeting(int(obstacle), int(part), q)} by {1000 * depth:.0f} mm'

    def trespassed(
        self,
        q_from: Array,
        q_to: Array,
        *,
        carries: bool = False,
        may_end_inside: bool = False,
        margin: float = _ROUNDING,
    ) -> str:
        """Return which part a joint step moves into which obstacle and how deep, or nothing ('').

        The check is separate for each capsule and obstacle: an elbow that rests close to the table
        does not allow a hand to enter a post. A part that is inside an obstacle at the start of
        the step may stay as deep in it. Between the sampled configurations, the depth is bounded
        by how far a part can move.

        Args:
            q_from: Joint positions, shape (6,) [rad].
            q_to: Where all joints arrive together, shape (6,) [rad].
            carries: Whether there is something between the fingers.
            may_end_inside: Whether a part may also be as deep as at the end of the step.
            margin: How much deeper than that it may be [m].
        """
        ways_C = shape.motion(q_from, q_to)
        middle = self.depths((q_from + q_to)[None] / 2, carries=carries)[0]
        if (middle + ways_C / 2 <= 0.0).all():
            return ''  # true for most steps
        count = max(2, int(np.ceil(ways_C.max() / (2 * _BETWEEN_M))) + 1)
        shares = np.linspace(0.0, 1.0, count)
        q_K6 = q_from + shares[:, None] * (q_to - q_from)
        depths_KOC = self.depths(q_K6, carries=carries)
        excused_OC = depths_KOC[[0, -1] if may_end_inside else [0]].max(axis=0)
        between_C = ways_C / (2 * (count - 1))
        allowed_OC = np.maximum(excused_OC, -between_C) + margin
        return next(self._deeper(q_K6, depths_KOC, allowed_OC), '')

    def _deeper(self, q_K6: Array, depths_KOC: Array, allowed_OC: Array) -> Iterator[str]:
        """Yield where the arm is deeper than allowed, in order of the motion."""
        excess_KOC = depths_KOC - allowed_OC
        for place in np.nonzero((excess_KOC > 0).any(axis=(1, 2)))[0]:
            obstacle, part = np.unravel_index(excess_KOC[place].argmax(), excess_KOC[place].shape)
            depth = max(float(depths_KOC[place, obstacle, part]), 0.0)
            meeting = _meeting(int(obstacle), int(part), q_K6[place])
            yield f'{meeting}, {1000 * depth:.0f} mm deep'


def _meeting(obstacle: int, part: int, q: Array) -> str:
    if obstacle == TABLE:
        name = 'the table'
    elif obstacle == ITSELF:
        name = f'the {shape.partner_of(part, shape.segments(q[None])[0])}'
    else:
        name = f'keep-out box {obstacle - _NUM_BEFORE_BOXES}'
    return f'the {CAPSULES[part].name} into {name}'


def _distance(points: Array, box: Array) -> Array:
    """Return the distance of points (3, ...) to a box [m]; negative inside."""
    axes = zip(points, box[:3], box[3:], strict=True)
    beyond = [np.maximum(lower - along, along - upper) for along, lower, upper in axes]
    outside = np.sqrt(sum(np.square(np.maximum(each, 0.0)) for each in beyond))
    distance: Array = outside + np.minimum(reduce(np.maximum, beyond), 0.0)
    return distance
