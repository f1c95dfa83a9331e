# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The pose of a camera, and its projection of points."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from genvla_bags.camera_view import CameraView, mount_of


def test_a_point_on_the_optical_axis_is_in_the_middle():
    view = CameraView(np.array([[500.0, 0, 320], [0, 500, 240], [0, 0, 1]]), np.eye(4), 640, 480)
    pixels = view.project(np.array([[0.0, 0.0, 1.0], [0.1, 0.0, 1.0], [0.0, 0.0, -1.0]]))
    np.testing.assert_allclose(pixels[:2], [[320, 240], [370, 240]])
    assert np.isnan(pixels[2]).all()


def link(parent, child, x):
    """Return a transform along x."""
    return SimpleNamespace(
        header=SimpleNamespace(frame_id=parent),
        child_frame_id=child,
        transform=SimpleNamespace(
            translation=SimpleNamespace(x=x, y=0.0, z=0.0),
            rotation=SimpleNamespace(x=0.0, y=0.0, z=0.0, w=1.0),
        ),
    )


def test_a_mount_is_the_chain_of_its_transforms():
    links = [link('vx300s/base_link', 'table', 0.3), link('table', 'camera', 0.2)]
    np.testing.assert_allclose(mount_of(links, camera_frame='camera')[:3, 3], [0.5, 0.0, 0.0])
    assert mount_of(links[1:], camera_frame='camera') is None


def test_a_view_fits_images_of_its_aspect_ratio_at_any_size():
    view = CameraView(np.eye(3), np.eye(4), 640, 480)
    assert view.fits(np.zeros((480, 640, 3), np.uint8))
    assert view.fits(np.zeros((240, 320, 3), np.uint8))
    assert not view.fits(np.zeros((360, 640, 3), np.uint8))
