# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Positions of objects on the table: footprints, gaps between them, and random arrangements."""

from __future__ import annotations

from cmath import rect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atan2, hypot, pi

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from genvla_sim.scene.objects import OBJECTS, ObjectKind

Array = NDArray[np.float64]


class NoRoom(ValueError):
    """The objects do not fit on the table with the requested gaps."""


@dataclass(frozen=True)
class Placement:
    """An object lying on the table."""

    x_m: float
    y_m: float
    yaw_rad: float

    @classmethod
    def from_pose(cls, base_T_object: Array) -> Placement:
        """Return the projection of a pose, shape (4, 4), onto the table."""
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
    """Maximum distance from the base at which a downward gripper reaches a height of 20 cm."""

    def contains(self, x_m: float, y_m: float) -> bool:
        """Return whether a point lies in the region."""
        return (
            self.x_m[0] <= x_m <= self.x_m[1]
            and self.y_m[0] <= y_m <= self.y_m[1]
            and hypot(x_m, y_m) <= self.max_radius_m
        )


REACHABLE_TABLE = Region()


def gap(a: ObjectKind, at_a: Placement, b: ObjectKind, at_b: Placement) -> float:
    """Return the free distance between two footprints [m]; negative if they overlap."""
    distance = _segment_distance(_core(a, at_a), _core(b, at_b))
    return distance - a.radius_m - b.radius_m


def place_beside(
    kind: ObjectKind,
    yaw_rad: float,
    other: ObjectKind,
    at_other: Placement,
    *,
    direction_rad: float,
    gap_m: float,
) -> Placement:
    """Return the placement of an object at a given gap from another one.

    The object slides away from the other's origin in a direction, without turning.
    """
    nearer, farther = 0.0, 0.5
    for _ in range(12):
        middle = 0.5 * (nearer + farther)
        offset = rect(middle, direction_rad)
        place = Placement(at_other.x_m + offset.real, at_other.y_m + offset.imag, yaw_rad)
        if gap(kind, place, other, at_other) < gap_m:
            nearer = middle
        else:
            farther = middle
    offset = rect(farther, direction_rad)
    return Placement(at_other.x_m + offset.real, at_other.y_m + offset.imag, yaw_rad)


def sample(
    names: Sequence[str],
    rng: Generator,
    *,
    min_gap_m: float,
    region: Region = REACHABLE_TABLE,
) -> dict[str, Placement]:
    """Return a random arrangement: uniform over the region and over yaw, by rejection.

    Args:
        names: Names of the objects.
        rng: The only source of randomness.
        min_gap_m: Minimum gap between any two footprints.
        region: Region of the origins.

    Raises:
        NoRoom: 1,000 arrangements in a row failed, because the objects need more room.
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
    raise NoRoom(
        f'{", ".join(names)} do not fit on {region} with {min_gap_m} m between them: '
        'place fewer objects, or allow smaller gaps'
    )


def _fits(name: str, place: Placement, others: Mapping[str, Placement], min_gap_m: float) -> bool:
    return all(
        gap(OBJECTS[name], place, OBJECTS[other], at) >= min_gap_m for other, at in others.items()
    )


def _core(kind: ObjectKind, at: Placement) -> tuple[complex, complex]:
    """Return the ends of the footprint's core as x + iy; plain numbers suffice for two points."""
    centre = complex(at.x_m, at.y_m)
    half = rect(kind.half_length_m, at.yaw_rad)
    return centre - half, centre + half


def _segment_distance(a: tuple[complex, complex], b: tuple[complex, complex]) -> float:
    if _cross(a, b):
        return 0.0
    return min(
        _point_distance(a[0], b),
        _point_distance(a[1], b),
        _point_distance(b[0], a),
        _point_distance(b[1], a),
    )


def _cross(a: tuple[complex, complex], b: tuple[complex, complex]) -> bool:
    return _side(a, b[0]) * _side(a, b[1]) < 0.0 and _side(b, a[0]) * _side(b, a[1]) < 0.0


def _side(segment: tuple[complex, complex], point: complex) -> float:
    return ((segment[1] - segment[0]).conjugate() * (point - segment[0])).imag


def _point_distance(point: complex, segment: tuple[complex, complex]) -> float:
    along, to_point = segment[1] - segment[0], point - segment[0]
    length = abs(along)
    share = 0.0 if length == 0.0 else (along.conjugate() * to_point).real / length**2
    return abs(to_point - min(max(share, 0.0), 1.0) * along)
