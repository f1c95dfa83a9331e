# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Encoding and decoding images, and bytes that are not images."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from genvla_training.data.episode import BadData
from genvla_training.data.picture_bytes import decode_picture, encode_picture

RED = np.full((32, 48, 3), (255, 0, 0), dtype=np.uint8)


def encoded(image, suffix='.png'):
    return cv2.imencode(suffix, image)[1].tobytes()


def test_colours_are_red_green_blue():
    image = decode_picture(encoded(RED[..., ::-1]), source='it')
    assert (image.shape, image.dtype) == ((32, 48, 3), np.uint8)
    np.testing.assert_array_equal(image, RED)


def test_jpegs_are_decoded():
    image = decode_picture(encoded(RED[..., ::-1], '.jpg'), source='it')
    assert np.abs(image.astype(int) - RED).max() < 5


@pytest.mark.parametrize('shape', [(8, 8), (8, 8, 4)])
def test_gray_and_transparent_images_become_rgb(shape):
    image = decode_picture(encoded(np.full(shape, 7, dtype=np.uint8)), source='it')
    assert image.tolist() == np.full((8, 8, 3), 7).tolist()


@pytest.mark.parametrize(
    ('data', 'message'),
    [
        (b'', 'it: the image is empty'),
        (b'no picture', "it: 10 bytes that begin with b'no pictu' cannot be decoded"),
        (b'version https://git-lfs.github.com/spec/v1', 'run `git lfs pull`'),
        (encoded(RED)[:60], 'expected a complete JPEG or PNG file'),
    ],
)
def test_bytes_that_are_not_an_image_are_refused(data, message):
    with pytest.raises(BadData, match=message):
        decode_picture(data, source='it')


def test_an_encoded_image_is_nearly_unchanged_and_much_smaller():
    y, x = np.mgrid[:224, :224]
    waves = [np.sin(x / 9) * np.cos(y / 7), np.sin((x + y) / 11), np.cos(x / 5)]
    image = (127.5 + 120 * np.stack(waves, axis=-1)).astype(np.uint8)
    encoded = encode_picture(image)
    error = np.abs(decode_picture(encoded, source='it').astype(int) - image)
    assert error.mean() < 1.0
    assert error.max() < 10
    assert len(encoded) < image.nbytes / 4
