# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Build the shapes of a free body: drawn ones have no mass, colliding ones are not drawn."""

from __future__ import annotations

from math import cos, sin

import mujoco
import numpy as np

from genvla_sim.scene.lathe import TriangleMesh

Rgb = tuple[float, float, float]
Point = tuple[float, float, float]
"""(x, y, z) [m] in the body's frame."""

DRAWN_GROUP, COLLIDING_GROUP = 1, 3
"""Geometry groups: the renderer shows 0 to 2."""

_FRICTION = (1.0, 0.02, 0.0005)


class ShapeBuilder:
    """One new free body of a model under construction."""

    def __init__(self, spec: mujoco.MjSpec, name: str) -> None:
        """Add the empty body.

        Args:
            spec: The model to add it to.
            name: Name of the body, its free joint and its first material.
        """
        self._spec = spec
        self._body = spec.worldbody.add_body(name=name)
        self._body.add_freejoint(name=name)

    def collide_box(self, low: Point, high: Point, mass_kg: float) -> None:
        """Add a colliding box; vegetables have boxes too, because they must not roll away."""
        centre, half = _centre_and_half(low, high)
        self._collide(mujoco.mjtGeom.mjGEOM_BOX, half, centre, mass_kg)

    def collide_disc(
        self, centre: Point, radius_m: float, height_m: float, mass_kg: float
    ) -> None:
        """Add a colliding upright cylinder."""
        self._collide(
            mujoco.mjtGeom.mjGEOM_CYLINDER, (radius_m, height_m / 2, 0.0), centre, mass_kg
        )

    def draw_box(self, low: Point, high: Point, color: Rgb) -> None:
        """Draw a box between two corners."""
        centre, half = _centre_and_half(low, high)
        self._draw(type=mujoco.mjtGeom.mjGEOM_BOX, size=half, pos=centre, rgba=(*color, 1.0))

    def draw_checkered(
        self, low: Point, high: Point, color: Rgb, other_color: Rgb, *, squares: int
    ) -> None:
        """Draw a box between two corners, with checkered faces of `squares` per edge."""
        name = self._body.name
        self._spec.add_texture(
            name=name,
            type=mujoco.mjtTexture.mjTEXTURE_2D,
            builtin=mujoco.mjtBuiltin.mjBUILTIN_CHECKER,
            rgb1=color,
            rgb2=other_color,
            width=64,
            height=64,
        )
        material = self._spec.add_material(name=name, texrepeat=(squares / 2, squares / 2))
        material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name
        centre, half = _centre_and_half(low, high)
        self._draw(type=mujoco.mjtGeom.mjGEOM_BOX, size=half, pos=centre, material=name)

    def draw_disc(self, centre: Point, radius_m: float, height_m: float, color: Rgb) -> None:
        """Draw an upright cylinder."""
        self._draw(
            type=mujoco.mjtGeom.mjGEOM_CYLINDER,
            size=(radius_m, height_m / 2, 0.0),
            pos=centre,
            rgba=(*color, 1.0),
        )

    def draw_leaf(
        self, color: Rgb, root: Point, length_m: float, yaw_rad: float, *, width_m: float
    ) -> None:
        """Draw a flat pointed leaf that grows from its root in the direction of yaw."""
        half = 0.5 * length_m
        self._draw(
            type=mujoco.mjtGeom.mjGEOM_ELLIPSOID,
            size=(half, width_m / 2, 0.004),
            pos=(root[0] + half * cos(yaw_rad), root[1] + half * sin(yaw_rad), root[2]),
            quat=(cos(yaw_rad / 2), 0.0, 0.0, sin(yaw_rad / 2)),
            rgba=(*color, 1.0),
        )

    def draw_mesh(self, mesh: TriangleMesh, color: Rgb, *, upright: bool = False) -> None:
        """Draw a mesh; `upright` points its x axis up."""
        name = f'{self._body.name}_{len(self._body.geoms)}'
        self._spec.add_mesh(
            name=name,
            uservert=mesh.vertices.ravel().tolist(),
            userface=mesh.faces.ravel().tolist(),
            inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_CONVEX,
        )
        half = -np.pi / 4 if upright else 0.0
        self._draw(
            type=mujoco.mjtGeom.mjGEOM_MESH,
            meshname=name,
            quat=(cos(half), 0.0, sin(half), 0.0),
            rgba=(*color, 1.0),
        )

    def _collide(self, shape: int, size: Point, centre: Point, mass_kg: float) -> None:
        self._body.add_geom(
            type=shape,
            size=size,
            pos=centre,
            mass=mass_kg,
            friction=_FRICTION,
            condim=4,
            solref=(0.01, 1.0),
            group=COLLIDING_GROUP,
        )

    def _draw(self, **geom: object) -> None:
        self._body.add_geom(mass=0.0, contype=0, conaffinity=0, group=DRAWN_GROUP, **geom)


def _centre_and_half(low: Point, high: Point) -> tuple[Point, Point]:
    corners = np.array((low, high))
    centre, half = corners.mean(axis=0), (corners[1] - corners[0]) / 2
    return (centre[0], centre[1], centre[2]), (half[0], half[1], half[2])
