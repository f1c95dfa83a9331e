# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The objects on the table: look, collision shapes, grasp points and footprints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import cos

import mujoco
import numpy as np

from genvla_sim.scene.lathe import extruded, turned
from genvla_sim.scene.shape_builder import Rgb, ShapeBuilder

PLATE_COLORS: dict[str, Rgb] = {
    'blue': (0.10, 0.25, 0.85),
    'red': (0.80, 0.06, 0.08),
    'green': (0.05, 0.55, 0.20),
    'yellow': (0.95, 0.80, 0.10),
    'white': (0.84, 0.84, 0.84),
}

_ORANGE: Rgb = (0.98, 0.42, 0.04)
_LEAF: Rgb = (0.16, 0.60, 0.12)
_PURPLE: Rgb = (0.30, 0.07, 0.36)
_CORN: Rgb = (1.00, 0.83, 0.12)
_HUSK: Rgb = (0.45, 0.72, 0.25)
_STEEL: Rgb = (0.68, 0.72, 0.78)
_HANDLE: Rgb = (0.10, 0.07, 0.06)
_PINK: Rgb = (0.85, 0.10, 0.45)
_WHITE: Rgb = (0.88, 0.88, 0.88)
_TEAL: Rgb = (0.10, 0.62, 0.62)


@dataclass(frozen=True)
class ObjectKind:
    """One kind of object. Its frame: origin inside, x along the long side, z up when at rest."""

    name: str
    words: str
    """Name in an instruction, as in 'pick up the carrot'."""
    rest_height_m: float
    """Height of the origin above the surface on which the object lies."""
    half_length_m: float
    """Half length of the segment along x that is the core of the footprint."""
    radius_m: float
    """Radius of the footprint around its core."""
    build: Callable[[ShapeBuilder], None] = field(repr=False, compare=False)
    """Adds the shapes to a body."""
    grasp_x_m: float | None = None
    """Grasp point along x, with the fingers across x; None: not graspable."""
    top_m: float = 0.0
    """Height above the table of the surface that can carry other objects; 0 if there is none."""


def add_object(spec: mujoco.MjSpec, kind: ObjectKind) -> None:
    """Add an object to a model as a free body named after its kind."""
    kind.build(ShapeBuilder(spec, kind.name))


def _build_carrot(shape: ShapeBuilder) -> None:
    profile = [(-0.070, 0.0035), (-0.060, 0.006), (-0.03, 0.0115), (0.01, 0.0160), (0.032, 0.0180)]
    profile += [(0.040, 0.0165), (0.044, 0.010)]
    shape.draw_mesh(turned(profile, rests_on_radius_m=0.018), _ORANGE)
    for yaw in (-0.7, -0.35, 0.0, 0.35, 0.7):
        shape.draw_leaf(_LEAF, (0.038, 0.0, 0.002), 0.038, yaw, width_m=0.011)
    shape.collide_box((-0.068, -0.007, -0.018), (-0.03, 0.007, -0.004), 0.008)
    shape.collide_box((-0.03, -0.014, -0.018), (0.042, 0.014, 0.010), 0.032)


def _build_eggplant(shape: ShapeBuilder) -> None:
    profile = [
        (-0.068, 0.006),
        (-0.064, 0.014),
        (-0.055, 0.021),
        (-0.040, 0.0255),
        (-0.022, 0.0265),
    ]
    profile += [(0.0, 0.0235), (0.02, 0.019), (0.036, 0.0165), (0.044, 0.013)]
    shape.draw_mesh(turned(profile, rests_on_radius_m=0.0265), _PURPLE)
    cap = [(0.028, 0.0185), (0.040, 0.0175), (0.048, 0.011), (0.054, 0.005), (0.070, 0.0045)]
    shape.draw_mesh(turned(cap, rests_on_radius_m=0.0265), _LEAF)
    for yaw in (2.5, 3.14, -2.5):
        shape.draw_leaf(
            _LEAF, (0.034, 0.004 * (3.14 - abs(yaw)), 0.008), 0.026, yaw, width_m=0.012
        )
    shape.collide_box((-0.062, -0.022, -0.0265), (0.0, 0.022, 0.0175), 0.04)
    shape.collide_box((0.0, -0.015, -0.0265), (0.045, 0.015, 0.008), 0.02)


def _build_corn(shape: ShapeBuilder) -> None:
    positions = np.linspace(-0.070, 0.045, 40)
    profile = [
        (float(x), float(0.0195 * np.sqrt(max(1e-2, 1.0 - ((x - 0.01) / 0.083) ** 4))))
        for x in positions
    ]
    shape.draw_mesh(
        turned(
            profile,
            sides=48,
            relief=lambda x, angle: 1.0 + 0.05 * cos(12 * angle) * cos(x * 2 * np.pi / 0.009),
        ),
        _CORN,
    )
    for yaw in (2.75, 3.14, -2.75):
        shape.draw_leaf(_HUSK, (0.072, 0.0, 0.012), 0.085, yaw, width_m=0.022)
    shape.draw_mesh(turned([(0.02, 0.0205), (0.045, 0.020), (0.06, 0.010), (0.073, 0.005)]), _HUSK)
    shape.collide_box((-0.066, -0.016, -0.0195), (0.052, 0.016, 0.0145), 0.06)


def _build_knife(shape: ShapeBuilder) -> None:
    shape.draw_box((-0.095, -0.011, -0.010), (-0.005, 0.011, 0.010), _HANDLE)
    for x in (-0.075, -0.05, -0.025):
        shape.draw_disc((x, 0.0, 0.0), 0.0035, 0.021, _STEEL)
    blade = [(-0.006, -0.018), (0.060, -0.018), (0.082, -0.009), (0.095, 0.008), (0.095, 0.011)]
    blade += [(-0.006, 0.011)]
    shape.draw_mesh(extruded(blade, 0.003), _STEEL)
    shape.collide_box((-0.095, -0.011, -0.010), (-0.005, 0.011, 0.010), 0.045)
    shape.collide_box((-0.005, -0.016, -0.0015), (0.090, 0.011, 0.0015), 0.010)


def _build_cube(shape: ShapeBuilder) -> None:
    shape.draw_box((-0.02, -0.02, -0.02), (0.02, 0.02, 0.02), _PINK)
    shape.collide_box((-0.02, -0.02, -0.02), (0.02, 0.02, 0.02), 0.03)


def _build_cloth(shape: ShapeBuilder) -> None:
    shape.draw_checkered((-0.075, -0.075, -0.002), (0.075, 0.075, 0.002), _WHITE, _TEAL, squares=8)
    shape.collide_box((-0.075, -0.075, -0.002), (0.075, 0.075, 0.002), 0.2)


def _build_plate(color: Rgb) -> Callable[[ShapeBuilder], None]:
    def build(shape: ShapeBuilder) -> None:
        # From the foot outwards under the rim, over its edge, and back inwards to the plate's
        # floor.
        profile = [
            (-0.006, 0.055),
            (0.005, 0.086),
            (0.007, 0.089),
            (0.0072, 0.086),
            (0.001, 0.066),
            (0.0, 0.06),
        ]
        shape.draw_mesh(turned(profile, sides=40), color, upright=True)
        shape.collide_disc((0.0, 0.0, -0.003), 0.075, 0.006, 0.25)

    return build


_KINDS = (
    ObjectKind('carrot', 'carrot', 0.018, 0.054, 0.020, _build_carrot, grasp_x_m=0.005),
    ObjectKind('eggplant', 'eggplant', 0.0265, 0.044, 0.027, _build_eggplant, grasp_x_m=-0.02),
    ObjectKind('knife', 'knife', 0.010, 0.080, 0.018, _build_knife, grasp_x_m=-0.045),
    ObjectKind('corn', 'corn', 0.0195, 0.052, 0.022, _build_corn, grasp_x_m=-0.01),
    ObjectKind('cube', 'cube', 0.02, 0.0, 0.028, _build_cube, grasp_x_m=0.0),
    ObjectKind('cloth', 'cloth', 0.002, 0.0, 0.095, _build_cloth, top_m=0.004),
    *(
        ObjectKind(
            f'{name}_plate', f'{name} plate', 0.006, 0.0, 0.09, _build_plate(rgb), top_m=0.006
        )
        for name, rgb in PLATE_COLORS.items()
    ),
)

OBJECTS: dict[str, ObjectKind] = {kind.name: kind for kind in _KINDS}
"""All objects by name."""

GRASPABLE = tuple(kind.name for kind in _KINDS if kind.grasp_x_m is not None)
"""Names of the graspable objects."""
