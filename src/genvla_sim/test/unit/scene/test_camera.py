# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The pinhole camera."""

from __future__ import annotations

import numpy as np

from genvla_sim.scene.camera import TABLE_CAMERA, Camera

ALONG_X = Camera(position=(-1.0, 0.0, 0.0), look_at=(0.0, 0.0, 0.0), fovy_deg=90.0)


def test_the_point_looked_at_is_in_the_middle():
    middle = TABLE_CAMERA.project([TABLE_CAMERA.look_at])
    np.testing.assert_allclose(middle, [[319.5, 239.5]], atol=1e-9)


def test_left_of_the_view_is_a_smaller_column_and_up_a_smaller_row():
    pixels = ALONG_X.project([(0.0, 0.5, 0.0), (0.0, 0.0, 0.5)])
    np.testing.assert_allclose(pixels, [[199.5, 239.5], [319.5, 119.5]], atol=1e-9)


def test_a_point_behind_the_camera_has_no_pixel():
    assert np.isnan(ALONG_X.project([(-2.0, 0.0, 0.0)])).all()


def test_the_field_of_view_sets_the_focal_length():
    np.testing.assert_allclose(
        ALONG_X.intrinsics, [[240.0, 0.0, 319.5], [0.0, 240.0, 239.5], [0.0, 0.0, 1.0]]
    )


def test_half_the_resolution_halves_the_focal_length():
    np.testing.assert_allclose(ALONG_X.resized(320, 240).intrinsics[0, 0], 120.0)


def test_the_optical_frame_is_a_rotation_that_looks_forward():
    rotation = TABLE_CAMERA.base_T_optical[:3, :3]
    np.testing.assert_allclose(rotation.T @ rotation, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) > 0.0
    assert rotation[2, 2] < 0.0  # down, to the table
