# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Meshes from profiles and outlines."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_sim.scene.lathe import extruded, turned


def _volume(mesh):
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    return float(np.einsum('ij,ij->i', a, np.cross(b, c)).sum() / 6.0)


def test_a_turned_cylinder_is_closed_with_outward_faces():
    mesh = turned([(0.0, 1.0), (2.0, 1.0)], sides=400)
    assert _volume(mesh) == pytest.approx(2.0 * np.pi, rel=1e-3)


def test_a_lying_cone_touches_the_table_along_its_whole_length():
    mesh = turned([(0.0, 0.5), (1.0, 1.0)], rests_on_radius_m=1.0)
    rings = mesh.vertices[:-2].reshape(2, 24, 3)
    np.testing.assert_allclose(rings[:, :, 2].min(axis=1), [-1.0, -1.0])


def test_an_extruded_square_is_closed_with_outward_faces():
    mesh = extruded([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)], 0.5)
    assert _volume(mesh) == pytest.approx(0.5)
