# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Where objects lie on the table: footprints, the gaps between them, and random arrangements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atan2, cos, hypot, pi, sin

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from genvla_sim.objects import ObjectKind, OBJECTS

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Placement:
    """An object lying on the table."""

    x_m: float
    y_m: float
    yaw_rad: float

    @classmethod
    def from_pose(cls, base_T_object: Array) -> Placement:
        """The projection of a pose, shape (4, 4), onto the table."""
        x_axis = base_T_object[:3, 0]
        return cls(
            float(base_T_object[0, 3]),
            float(base_T_object[1, 3]),
            atan2(float(x_axis[1]), float(x_axis[0])),
        )


@dataclass(frozen=True)
class Region:
    """Part of the table, in the base frame, in which the origins of objects are placed."""

    x_m: tuple[float, float] = (0.24, 0.44)
    y_m: tuple[float, float] = (-0.22, 0.22)
    max_radius_m: float = 0.48
    """Distance from the base up to which a gripper that points down reaches 20 cm of height."""

    def contains(self, x_m: float, y_m: float) -> bool:
        """Whether a point lies in the region."""
        return (
            self.x_m[0] <= x_m <= self.x_m[1]
            and self.y_m[0] <= y_m <= self.y_m[1]
            and hypot(x_m, y_m) <= self.max_radius_m
        )


REACHABLE_TABLE = Region()


def gap(a: ObjectKind, at_a: Placement, b: ObjectKind, at_b: Placement) -> float:
    """Returns the free distance between two footprints [m]; negative if they overlap."""
    distance = _segment_distance(_core(a, at_a), _core(b, at_b))
    return distance - a.radius_m - b.radius_m


def sample(
    names: Sequence[str],
    rng: Generator,
    *,
    min_gap_m: float,
    region: Region = REACHABLE_TABLE,
) -> dict[str, Placement]:
    """Returns a random arrangement: uniform over the region and over yaw, by rejection.

    Args:
        names: of the objects.
        rng: the only source of randomness.
        min_gap_m: kept free between any two footprints.
        region: of the origins.

    Raises:
        ValueError: if 1,000 arrangements in a row fail, because the objects need more room.
    """
    for _ in range(1000):
        placements: dict[str, Placement] = {}
        for name in names:
            place = Placement(
                rng.uniform(*region.x_m), rng.uniform(*region.y_m), rng.uniform(-pi, pi)
            )
            if not region.contains(place.x_m, place.y_m) or not _fits(
                name, place, placements, min_gap_m
            ):
                break
            placements[name] = place
        else:
            return placements
    raise ValueError(
        f'{", ".join(names)} do not fit on {region} with {min_gap_m} m between them: '
        'place fewer objects, or allow smaller gaps'
    )


def _fits(name: str, place: Placement, others: Mapping[str, Placement], min_gap_m: float) -> bool:
    return all(
        gap(OBJECTS[name], place, OBJECTS[other], at) >= min_gap_m for other, at in others.items()
    )


def _core(kind: ObjectKind, at: Placement) -> tuple[Array, Array]:
    """Ends of the segment around which the footprint lies."""
    centre = np.array((at.x_m, at.y_m))
    half = kind.half_length_m * np.array((cos(at.yaw_rad), sin(at.yaw_rad)))
    return centre - half, centre + half


def _segment_distance(a: tuple[Array, Array], b: tuple[Array, Array]) -> float:
    if _cross(a, b):
        return 0.0
    return min(
        _point_distance(a[0], b),
        _point_distance(a[1], b),
        _point_distance(b[0], a),
        _point_distance(b[1], a),
    )


def _cross(a: tuple[Array, Array], b: tuple[Array, Array]) -> bool:
    return _side(a, b[0]) * _side(a, b[1]) < 0.0 and _side(b, a[0]) * _side(b, a[1]) < 0.0


def _side(segment: tuple[Array, Array], point: Array) -> float:
    along, to_point = segment[1] - segment[0], point - segment[0]
    return float(along[0] * to_point[1] - along[1] * to_point[0])


def _point_distance(point: Array, segment: tuple[Array, Array]) -> float:
    along = segment[1] - segment[0]
    length_squared = float(along @ along)
    share = 0.0 if length_squared == 0.0 else float((point - segment[0]) @ along) / length_squared
    nearest = segment[0] + min(max(share, 0.0), 1.0) * along
    return float(np.linalg.norm(point - nearest))
