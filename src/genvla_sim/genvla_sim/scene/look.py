# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The look of a scene: colours and light, which do not affect any task."""

from __future__ import annotations

from dataclasses import dataclass, replace

import mujoco
import numpy as np
from numpy.random import Generator

from genvla_sim.scene.camera import Camera
from genvla_sim.scene.shape_builder import Rgb
from genvla_sim.scene.state import TABLE
from genvla_sim.scene.table_textures import material_of

FLOOR = 'floor'
"""Name of the plane below the table."""


@dataclass(frozen=True)
class Look:
    """Colours and light of a scene; the default is the tasks' own look.

    There are no shadows and no antialiasing, because either makes a frame 3 to 5 times slower.
    """

    table_rgb: Rgb = (0.62, 0.58, 0.53)
    table_texture: str = ''
    """Texture from TABLE_TEXTURES, tinted with table_rgb; empty: only the colour."""
    room_rgb: Rgb = (0.30, 0.33, 0.37)
    light_direction: tuple[float, float, float] = (0.25, 0.35, -1.0)
    light: float = 0.45
    """Diffuse light of the lamp."""
    ambient: float = 0.45
    """Ambient light."""
    headlight: float = 0.30
    """Diffuse light from the camera."""
    object_gain: Rgb = (1.0, 1.0, 1.0)
    """Factor on the colours of every object, per channel."""

    def apply(self, model: mujoco.MjModel, plain_rgba: np.ndarray) -> None:
        """Change a model's colours and light, starting with the next picture.

        Args:
            model: The scene.
            plain_rgba: The model's geom_rgba as compiled, (num_geoms, 4).
        """
        model.geom_rgba[:] = plain_rgba
        is_object = model.body_dofnum[model.geom_bodyid] == 6  # free bodies
        model.geom_rgba[is_object, :3] = np.clip(
            plain_rgba[is_object, :3] * self.object_gain, 0.0, 1.0
        )
        model.geom(TABLE).rgba[:3] = self.table_rgb
        texture = self.table_texture
        model.geom(TABLE).matid = model.material(material_of(texture)).id if texture else -1
        model.geom(FLOOR).rgba[:3] = self.room_rgb
        model.light_dir[0] = np.array(self.light_direction) / np.linalg.norm(self.light_direction)
        model.light_diffuse[0] = self.light
        model.vis.headlight.ambient[:] = self.ambient
        model.vis.headlight.diffuse[:] = self.headlight


PLAIN_LOOK = Look()


def random_look(rng: Generator) -> Look:
    """Draw colours and light from a wide range in which every object stays recognisable.

    The look never has a texture, because it is used in training, and textures are held out for
    evaluation.
    """
    grey = rng.uniform(0.35, 0.85)
    table = np.clip(grey + rng.uniform(-0.12, 0.12, 3), 0.0, 1.0)
    return Look(
        table_rgb=_rgb(table),
        room_rgb=_rgb(rng.uniform(0.1, 0.6) + rng.uniform(-0.1, 0.1, 3)),
        light_direction=(rng.uniform(-0.8, 0.8), rng.uniform(-0.8, 0.8), -1.0),
        light=rng.uniform(0.2, 0.6),
        ambient=rng.uniform(0.3, 0.55),
        headlight=rng.uniform(0.15, 0.4),
        object_gain=_rgb(rng.uniform(0.8, 1.2) * rng.uniform(0.92, 1.08, 3)),
    )


def jittered(camera: Camera, rng: Generator) -> Camera:
    """Move a camera by up to 3 cm, its aim by 2 cm, and its field of view by 2 degrees."""
    return replace(
        camera,
        position=_point(np.add(camera.position, rng.uniform(-0.03, 0.03, 3))),
        look_at=_point(np.add(camera.look_at, rng.uniform(-0.02, 0.02, 3))),
        fovy_deg=camera.fovy_deg + rng.uniform(-2.0, 2.0),
    )


def _rgb(values: np.ndarray) -> Rgb:
    red, green, blue = np.clip(values, 0.0, 2.0).tolist()
    return red, green, blue


def _point(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return x, y, z
