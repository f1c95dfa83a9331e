# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Resizing of camera images."""

import numpy as np

from genvla_policy.images.resize import resize_image


def test_an_image_of_the_right_size_is_returned_as_it_is():
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


def test_growing_gives_the_size_asked_for():
    assert resize_image(np.zeros((32, 48, 3), dtype=np.uint8), 128).shape == (128, 128, 3)
