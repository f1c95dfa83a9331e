# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Meshes turned from a profile or extruded from an outline: vegetables, plates, knives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TriangleMesh:
    """A closed surface with outward faces."""

    vertices: NDArray[np.float64]
    """(V, 3) [m]"""
    faces: NDArray[np.int64]
    """(F, 3) indices into the vertices, counter-clockwise from outside."""


def turned(
    profile: list[tuple[float, float]],
    *,
    sides: int = 24,
    rests_on_radius_m: float | None = None,
    relief: Callable[[float, float], float] = lambda _position, _angle: 1.0,
) -> TriangleMesh:
    """Return the surface of revolution of a profile about the x axis.

    Args:
        profile: (position along x, radius) pairs [m], x increasing. The ends are closed.
        sides: Number of vertices around the axis.
        rests_on_radius_m: Lower every ring until it touches the plane z = -rests_on_radius_m, as a
            tapered object lies on a table; None leaves all rings centred on the axis.
        relief: Factor on the radius at (position [m], angle [rad]), for kernels and dents.
    """
    angles = np.linspace(0.0, 2.0 * np.pi, sides, endpoint=False)
    rings = []
    for position, radius in profile:
        radii = radius * np.array([relief(position, angle) for angle in angles])
        drop = 0.0 if rests_on_radius_m is None else radius - rests_on_radius_m
        rings.append(
            np.column_stack(
                (np.full(sides, position), radii * np.cos(angles), radii * np.sin(angles) + drop)
            )
        )
    caps = np.array([rings[0].mean(axis=0), rings[-1].mean(axis=0)])
    return TriangleMesh(np.concatenate((*rings, caps)), _tube_faces(len(rings), sides))


def _tube_faces(num_rings: int, sides: int) -> NDArray[np.int64]:
    first_cap, last_cap = num_rings * sides, num_rings * sides + 1
    faces = []
    for side in range(sides):
        following = (side + 1) % sides
        faces.append((first_cap, following, side))
        for ring in range(num_rings - 1):
            a, b = ring * sides + side, ring * sides + following
            faces += [(a, b, a + sides), (b, b + sides, a + sides)]
        last = (num_rings - 1) * sides
        faces.append((last_cap, last + side, last + following))
    return np.array(faces)


def extruded(outline: list[tuple[float, float]], thickness_m: float) -> TriangleMesh:
    """Return a prism about z = 0 over a convex outline of (x, y) [m], anticlockwise from above."""
    count = len(outline)
    flat = np.array(outline)
    half = 0.5 * thickness_m
    vertices = np.concatenate(
        [np.column_stack((flat, np.full(count, height))) for height in (-half, half)]
    )
    faces = []
    for i in range(count):
        j = (i + 1) % count
        faces += [(i, j, count + j), (i, count + j, count + i)]
    for i in range(1, count - 1):
        faces += [(0, i + 1, i), (count, count + i, count + i + 1)]
    return TriangleMesh(vertices, np.array(faces))
