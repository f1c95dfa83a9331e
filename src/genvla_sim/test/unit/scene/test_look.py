# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A look changes only the images."""

import numpy as np
import pytest

from genvla_sim.physics.tabletop_simulation import TabletopSimulation
from genvla_sim.scene.camera import TABLE_CAMERA
from genvla_sim.scene.look import PLAIN_LOOK, Look, jittered, random_look
from genvla_sim.scene.state import TABLE
from genvla_sim.scene.table_textures import TABLE_TEXTURES

CAMERA = TABLE_CAMERA.resized(64, 48)


@pytest.fixture(scope='module')
def simulation():
    simulation = TabletopSimulation(('carrot',))
    yield simulation
    simulation.close()


def test_the_plain_look_is_what_a_scene_begins_with(simulation):
    before = simulation.render(CAMERA)
    simulation.set_look(random_look(np.random.default_rng(0)))
    changed = simulation.render(CAMERA)
    simulation.set_look(PLAIN_LOOK)
    assert np.array_equal(simulation.render(CAMERA), before)
    assert np.abs(changed.astype(int) - before).mean() > 5


def test_the_table_has_the_colour_it_is_given(simulation):
    simulation.set_look(Look(table_rgb=(0.1, 0.1, 0.9)))
    picture = simulation.render(CAMERA)[20:, :40].reshape(-1, 3).mean(axis=0)
    simulation.set_look(PLAIN_LOOK)
    assert picture[2] > 2 * picture[0]


def test_every_pixel_shows_a_body(simulation):
    bodies = simulation.segment_bodies(CAMERA)
    assert bodies.shape == (48, 64)
    assert {'table', 'floor', 'gripper_link'} <= set(np.unique(bodies))


def test_a_jittered_camera_stays_near():
    moved = jittered(TABLE_CAMERA, np.random.default_rng(1))
    assert moved != TABLE_CAMERA
    assert np.abs(np.subtract(moved.position, TABLE_CAMERA.position)).max() <= 0.03
    assert (moved.width, moved.height) == (640, 480)


@pytest.mark.parametrize('texture', TABLE_TEXTURES)
def test_a_texture_covers_only_the_table_and_can_be_removed(simulation, texture):
    camera = TABLE_CAMERA.resized(160, 120)
    simulation.set_look(PLAIN_LOOK)
    plain = simulation.render(camera)
    simulation.set_look(Look(table_texture=texture))
    textured = simulation.render(camera)
    is_table = simulation.segment_bodies(camera) == TABLE
    differs = (plain != textured).any(axis=2)
    assert differs[is_table].mean() > 0.5
    assert not differs[~is_table].any()
    simulation.set_look(PLAIN_LOOK)
    np.testing.assert_array_equal(simulation.render(camera), plain)
