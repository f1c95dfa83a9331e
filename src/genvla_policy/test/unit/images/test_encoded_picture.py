# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Images from files that may be damaged or malicious."""

import resource
import struct

import cv2
import numpy as np
import pytest

from genvla_policy.images.encoded_picture import decode_rgb

PICTURE = np.full((6, 8, 3), (200, 40, 90), np.uint8)


def file(kind, picture=PICTURE):
    return cv2.imencode(kind, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()


@pytest.mark.parametrize('kind', ['.jpg', '.png', '.webp'])
def test_an_image_round_trips(kind):
    np.testing.assert_allclose(decode_rgb(file(kind), turned=False), PICTURE, atol=6)


@pytest.mark.parametrize('kind', ['.jpg', '.png', '.webp'])
@pytest.mark.parametrize('kept', [0, 4, 20])
def test_a_truncated_image_is_rejected(kind, kept):
    assert decode_rgb(file(kind)[:kept], turned=False) is None


def with_png_chunk_length(encoded, length):
    """Every chunk gives its length; here, that of the pixels is too large."""
    at = encoded.index(b'IDAT') - 4
    return encoded[:at] + struct.pack('>I', length) + encoded[at + 4 :]


def with_jpeg_size(encoded, width, height):
    at = encoded.index(b'\xff\xc0') + 5
    return encoded[:at] + struct.pack('>HH', height, width) + encoded[at + 4 :]


@pytest.mark.parametrize(
    'encoded',
    [
        with_png_chunk_length(file('.png'), 0x670000A1),
        with_jpeg_size(file('.jpg'), 30_000, 30_000),
    ],
    ids=['png', 'jpeg'],
)
def test_a_file_that_claims_a_huge_size_takes_no_memory(encoded):
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert decode_rgb(encoded, turned=False) is None
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before_kb + 100_000
