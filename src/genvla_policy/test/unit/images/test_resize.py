# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Resizing of camera images."""

import numpy as np
from PIL import Image
import pytest
import torch
from torch.nn import functional

from genvla_policy.images.resize import crop_center, resize_image

PICTURE = np.random.default_rng(0).integers(64, 192, (30, 40, 3), dtype=np.uint8).repeat(8, 0)
PICTURE = PICTURE.repeat(8, 1)
"""240x320 with edges; no filter overshoots the range of uint8, where Pillow clips in between."""
_ROUNDED_TWICE = 1.1
"""Tolerance, of 255: Pillow rounds after each axis."""


def test_an_image_of_the_right_size_is_returned_unchanged():
    image = np.zeros((8, 8, 3), dtype=np.uint8)
    assert resize_image(image, 8) is image


def test_shrinking_averages_a_checkerboard_to_grey():
    board = np.indices((16, 16)).sum(axis=0) % 2 * 200
    image = np.repeat(board[..., None], 3, axis=2).astype(np.uint8)
    assert np.all(resize_image(image, 8) == 100)


def test_shrinking_keeps_the_colours_in_their_places():
    image = np.zeros((480, 640, 3), dtype=np.uint8)
    image[:, :320, 0] = 255
    small = resize_image(image, 128)
    assert small.shape == (128, 128, 3)
    assert small[64, 10].tolist() == [255, 0, 0]
    assert small[64, 120].tolist() == [0, 0, 0]


def test_enlarging_gives_the_requested_size():
    assert resize_image(np.zeros((32, 48, 3), dtype=np.uint8), 128).shape == (128, 128, 3)


@pytest.mark.parametrize('size', [64, 224, 300])
def test_bicubic_matches_torch_with_antialias(size):
    pixels = torch.from_numpy(PICTURE).movedim(-1, 0)[None].float()
    theirs = functional.interpolate(pixels, (size, size), mode='bicubic', antialias=True)
    difference = resize_image(PICTURE, size, 'bicubic') - theirs[0].movedim(0, -1).numpy()
    assert np.abs(difference).max() <= _ROUNDED_TWICE


def lanczos_weights(size_in, size_out):
    """Return normalised (out, in) float64 weights with three lobes, widened when shrinking."""
    scale = max(size_in / size_out, 1.0)
    centres = (np.arange(size_out) + 0.5) * size_in / size_out
    away = (np.arange(size_in) + 0.5 - centres[:, None]) / scale
    weights = np.where(np.abs(away) < 3, np.sinc(away) * np.sinc(away / 3), 0.0)
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize('size', [64, 224, 300])
def test_lanczos_has_three_lobes_and_widens_as_it_shrinks(size):
    rows, columns = lanczos_weights(240, size), lanczos_weights(320, size)
    expected = np.stack([rows @ PICTURE[..., c] @ columns.T for c in range(3)], axis=-1)
    difference = resize_image(PICTURE, size, 'lanczos') - expected
    assert np.abs(difference).max() <= _ROUNDED_TWICE


@pytest.mark.parametrize(
    ('resize', 'method'),
    [('bicubic', Image.Resampling.BICUBIC), ('lanczos', Image.Resampling.LANCZOS)],
)
def test_filters_match_pillow(resize, method):
    expected = np.asarray(Image.fromarray(PICTURE).resize((128, 128), method))
    assert np.array_equal(resize_image(PICTURE, 128, resize), expected)


def test_a_centre_crop_maps_corners_to_corners():
    square = resize_image(PICTURE, 224)
    pixels = torch.from_numpy(square).movedim(-1, 0)[None].float()
    side = 0.9**0.5
    theta = torch.tensor([[[side, 0.0, 0.0], [0.0, side, 0.0]]])
    grid = functional.affine_grid(theta, [1, 3, 224, 224], align_corners=True)
    expected = functional.grid_sample(pixels, grid, align_corners=True)[0].movedim(0, -1).numpy()
    assert np.abs(crop_center(square, 0.9) - expected).max() <= 1.0


def test_a_crop_of_the_whole_area_is_the_image():
    square = resize_image(PICTURE, 64)
    assert crop_center(square, 1.0) is square
