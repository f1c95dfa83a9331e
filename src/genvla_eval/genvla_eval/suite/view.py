# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The appearance of an episode to the policy."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from genvla_eval.suite.cells import Factor
from genvla_sim.physics.tabletop_simulation import TabletopSimulation
from genvla_sim.scene.camera import TABLE_CAMERA, Camera
from genvla_sim.scene.look import FLOOR, PLAIN_LOOK, Look, jittered, random_look
from genvla_sim.scene.state import TABLE
from genvla_sim.scene.table_textures import TABLE_TEXTURES

PICTURE_SIZE = (640, 480)
_GREY = 128
_TEXTURED = (Factor.TABLE, Factor.ALL)


@dataclass(frozen=True)
class View:
    """Look and camera, and whether the background is painted over."""

    look: Look
    camera: Camera
    masked: bool

    @classmethod
    def draw(
        cls, factor: Factor, rng: Generator, *, picture_size: tuple[int, int] = PICTURE_SIZE
    ) -> View:
        """Draw the values that a factor varies; the picture's size is (width, height) [px]."""
        drawn = random_look(rng)
        # Drawn after the look, so that the look does not depend on the texture.
        texture = str(rng.choice(TABLE_TEXTURES)) if factor in _TEXTURED else ''
        looks = {
            Factor.BACKGROUND: replace(PLAIN_LOOK, room_rgb=drawn.room_rgb),
            Factor.LIGHTING: replace(
                drawn,
                table_rgb=PLAIN_LOOK.table_rgb,
                room_rgb=PLAIN_LOOK.room_rgb,
                object_gain=PLAIN_LOOK.object_gain,
            ),
            Factor.TABLE: replace(PLAIN_LOOK, table_rgb=drawn.table_rgb, table_texture=texture),
            Factor.ALL: replace(drawn, table_texture=texture),
        }
        camera = TABLE_CAMERA.resized(*picture_size)
        if factor in (Factor.CAMERA, Factor.ALL):
            camera = jittered(camera, rng)
        return cls(looks.get(factor, PLAIN_LOOK), camera, factor is Factor.MASKED)

    def picture(self, simulation: TabletopSimulation) -> NDArray[np.uint8]:
        """Return the policy's current view, (height, width, 3) uint8 RGB."""
        simulation.set_look(self.look)
        picture = simulation.render(self.camera)
        if self.masked:
            bodies = simulation.segment_bodies(self.camera)
            picture = picture.copy()
            picture[(bodies == TABLE) | (bodies == FLOOR)] = _GREY
        return picture
