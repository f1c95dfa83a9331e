# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Images as input of a vision tower."""

import numpy as np
import torch

from genvla_policy.images.pixels import to_pixels


def test_black_is_minus_one_and_white_is_one():
    pictures = np.array([0, 255], dtype=np.uint8)[:, None, None, None] * np.ones(
        (1, 2, 2, 3), dtype=np.uint8
    )
    pixels = to_pixels(pictures)
    assert (pixels.shape, pixels.dtype) == ((2, 3, 2, 2), torch.float32)
    assert pixels.flatten(1).unique(dim=1).tolist() == [[-1.0], [1.0]]


def test_channels_come_before_rows_and_columns():
    picture = np.zeros((4, 4, 3), dtype=np.uint8)
    picture[1, 2] = (255, 0, 0)
    assert (to_pixels(picture) == 1.0).nonzero().tolist() == [[0, 1, 2]]


def test_the_original_image_is_not_changed():
    picture = np.full((2, 2, 3), 9, dtype=np.uint8)
    to_pixels(picture)
    assert picture.max() == 9
