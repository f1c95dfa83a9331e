# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Footprints, the gaps between them, and random arrangements."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_sim.scene.objects import OBJECTS
from genvla_sim.scene.placement import REACHABLE_TABLE, Placement, gap, place_beside, sample

CARROT, CUBE, PLATE = OBJECTS['carrot'], OBJECTS['cube'], OBJECTS['blue_plate']
placements = st.builds(Placement, st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(-3.2, 3.2))


def test_the_gap_between_round_objects_is_between_their_rims():
    free = gap(CUBE, Placement(0.0, 0.0, 0.0), PLATE, Placement(0.3, 0.4, 1.0))
    assert free == pytest.approx(0.5 - CUBE.radius_m - PLATE.radius_m)


def test_crossing_objects_have_a_negative_gap():
    free = gap(CARROT, Placement(0.0, 0.0, 0.0), CARROT, Placement(0.01, 0.0, 1.57))
    assert free == pytest.approx(-2 * CARROT.radius_m)


@given(placements, placements)
def test_the_gap_is_the_same_both_ways(a, b):
    assert gap(CARROT, a, PLATE, b) == pytest.approx(gap(PLATE, b, CARROT, a))


@given(placements, placements)
def test_a_thin_object_turned_half_around_leaves_the_same_gap(a, b):
    turned = Placement(a.x_m, a.y_m, a.yaw_rad + np.pi)
    assert gap(CARROT, a, PLATE, b) == pytest.approx(gap(CARROT, turned, PLATE, b), abs=1e-9)


@given(st.floats(-3.2, 3.2), st.floats(-3.2, 3.2), st.floats(0.0, 0.1))
def test_beside_leaves_exactly_the_requested_gap(yaw_rad, direction_rad, gap_m):
    plate = Placement(0.3, 0.1, 0.0)
    place = place_beside(CARROT, yaw_rad, PLATE, plate, direction_rad=direction_rad, gap_m=gap_m)
    assert gap(CARROT, place, PLATE, plate) == pytest.approx(gap_m, abs=2e-4)


def test_samples_keep_their_distance_and_stay_in_reach():
    for seed in range(50):
        placed = sample(('blue_plate', 'carrot'), np.random.default_rng(seed), min_gap_m=0.05)
        assert gap(PLATE, placed['blue_plate'], CARROT, placed['carrot']) >= 0.05
        assert all(REACHABLE_TABLE.contains(at.x_m, at.y_m) for at in placed.values())


def test_objects_that_do_not_fit_are_refused_by_name():
    plates = [f'{color}_plate' for color in ('blue', 'red', 'green', 'yellow', 'white')]
    with pytest.raises(ValueError, match='red_plate'):
        sample(plates, np.random.default_rng(0), min_gap_m=0.1)
