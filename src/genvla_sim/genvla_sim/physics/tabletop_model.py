# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""MuJoCo model of the whole scene: table, light, arm and the objects of one task."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco

from genvla_sim.arm.vx300s_model import build_arm
from genvla_sim.scene.look import FLOOR, PLAIN_LOOK
from genvla_sim.scene.objects import OBJECTS, add_object
from genvla_sim.scene.state import TABLE
from genvla_sim.scene.table_textures import add_table_textures


def build_tabletop(objects: Sequence[str], *, physics_step_s: float) -> mujoco.MjModel:
    """Compile the scene with one object of each name.

    The table top is the plane z = 0 of the base frame. PLAIN_LOOK gives the colours of table and
    room, and the light.

    Raises:
        ValueError: A name is unknown or given twice.
    """
    _check_names(objects)
    spec = build_arm()
    spec.option.timestep = physics_step_s
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 10.0
    _light(spec)
    add_table_textures(spec)
    spec.worldbody.add_geom(
        name=TABLE,
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=(0.45, 0.60, 0.02),
        pos=(0.30, 0.0, -0.02),
        friction=(1.0, 0.02, 0.0005),
        condim=4,
        solref=(0.01, 1.0),
        rgba=(*PLAIN_LOOK.table_rgb, 1.0),
    )
    spec.worldbody.add_geom(
        name=FLOOR,
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=(3.0, 3.0, 0.1),
        pos=(0.0, 0.0, -0.75),
        rgba=(*PLAIN_LOOK.room_rgb, 1.0),
    )
    for name in objects:
        add_object(spec, OBJECTS[name])
    return spec.compile()


def _check_names(objects: Sequence[str]) -> None:
    unknown = sorted(set(objects) - set(OBJECTS))
    if unknown:
        raise ValueError(f'no object is called {unknown}; available: {sorted(OBJECTS)}')
    if len(set(objects)) != len(objects):
        raise ValueError(f'each object exists only once, but {list(objects)} contains one twice')


def _light(spec: mujoco.MjSpec) -> None:
    spec.visual.quality.offsamples = 0
    spec.visual.quality.shadowsize = 0
    look = PLAIN_LOOK
    spec.visual.headlight.ambient = (look.ambient,) * 3
    spec.visual.headlight.diffuse = (look.headlight,) * 3
    spec.visual.headlight.specular = (0.05, 0.05, 0.05)
    spec.stat.extent, spec.stat.center = 1.0, (0.3, 0.0, 0.1)
    spec.worldbody.add_light(
        type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
        pos=(0.0, -0.5, 1.5),
        dir=look.light_direction,
        diffuse=(look.light,) * 3,
        castshadow=False,
    )
