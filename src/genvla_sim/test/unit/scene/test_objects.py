# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Appearance and resting poses of the objects."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest

from genvla_sim.physics.tabletop_simulation import TabletopSimulation
from genvla_sim.scene.camera import TABLE_CAMERA
from genvla_sim.scene.objects import OBJECTS, PLATE_COLORS
from genvla_sim.scene.placement import Placement

HUES_DEG = {
    'carrot': (15, 35),
    'eggplant': (265, 310),
    'corn': (40, 60),
    'cube': (315, 345),
    'cloth': (170, 190),
    'blue_plate': (215, 240),
    'red_plate': (350, 365),
    'green_plate': (130, 155),
    'yellow_plate': (40, 60),
}


@pytest.fixture(scope='module')
def seen():
    """The pixels of each object, alone in the middle of the table, (N, 3) uint8."""
    pixels = {}
    for name in OBJECTS:
        simulation = TabletopSimulation((name,))
        simulation.reset({name: Placement(0.38, 0.0, 0.6)})
        camera = TABLE_CAMERA.resized(128, 96)
        pixels[name] = simulation.render(camera)[simulation.segment(camera) == 0]
        simulation.close()
    return pixels


def test_there_is_a_plate_of_each_color():
    assert {f'{color}_plate' for color in PLATE_COLORS} < set(OBJECTS)


@pytest.mark.parametrize('name', sorted(OBJECTS))
def test_every_object_is_large_enough_for_a_small_image(seen, name):
    assert len(seen[name]) > 70


@pytest.mark.parametrize('name', sorted(HUES_DEG))
def test_a_third_of_an_object_shows_its_own_color(seen, name):
    low, high = HUES_DEG[name]
    hues_deg = [360 * colorsys.rgb_to_hsv(*(pixel / 255.0))[0] for pixel in seen[name]]
    own = [low <= hue <= high or low <= hue + 360 <= high for hue in hues_deg]
    assert np.mean(own) > 0.33


def test_the_knife_is_half_dark_handle_half_bright_blade(seen):
    brightness = seen['knife'].mean(axis=1)
    assert np.mean(brightness < 60) > 0.25
    assert np.mean(brightness > 140) > 0.25


@pytest.mark.parametrize('name', sorted(OBJECTS))
def test_an_object_rests_at_the_height_it_is_placed_at(name):
    simulation = TabletopSimulation((name,))
    simulation.reset({name: Placement(0.38, 0.2, 0.6)})
    simulation.step(0.5)
    item = simulation.state().objects[name]
    assert item.position[2] == pytest.approx(OBJECTS[name].rest_height_m, abs=0.002)
    assert item.speed_m_s < 0.01
