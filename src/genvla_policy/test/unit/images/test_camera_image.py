# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Camera messages, read by their fields, become RGB arrays, or an error gives the reason."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from genvla_policy.images.camera_image import ImageConversionError, image_from_fields

RED, GREEN = [255, 0, 0], [0, 255, 0]


def raw(encoding, width, height, *, step=0, data=b'', is_bigendian=0):
    return SimpleNamespace(
        encoding=encoding,
        width=width,
        height=height,
        step=step,
        data=data,
        is_bigendian=is_bigendian,
    )


@pytest.fixture
def make_image():
    """Return an image of rows of bytes; each row is padded to `step`."""

    def make(encoding, width, rows, *, padding=0, is_bigendian=0):
        step = len(rows[0]) + padding
        data = b''.join(bytes(row) + b'\xaa' * padding for row in rows)
        return raw(encoding, width, len(rows), step=step, data=data, is_bigendian=is_bigendian)

    return make


@pytest.fixture
def picture():
    """Return a smooth 48x64 RGB image that JPEG hardly changes."""
    y, x = np.mgrid[0:48, 0:64]
    return np.stack([4 * x, 5 * y, 255 - 4 * x], axis=-1).astype(np.uint8)


def test_an_unknown_encoding_is_rejected_with_the_known_ones(make_image):
    with pytest.raises(ImageConversionError, match=r"'bayer_rggb8' is not supported; .* rgb8,"):
        image_from_fields(make_image('bayer_rggb8', 2, [[1, 2]]))


@pytest.mark.parametrize('padding', [0, 3])
def test_mono8_becomes_grey(make_image, padding):
    image = image_from_fields(make_image('mono8', 2, [[7, 200]], padding=padding))
    assert image.tolist() == [[[7, 7, 7], [200, 200, 200]]]


@pytest.mark.parametrize(('is_bigendian', 'row'), [(1, [200, 1]), (0, [1, 200])])
def test_mono16_honours_the_byte_order(make_image, is_bigendian, row):
    image = image_from_fields(make_image('mono16', 1, [row], is_bigendian=is_bigendian))
    assert image.tolist() == [[[200, 200, 200]]]


def test_byte_order_does_not_matter_for_8_bits(make_image):
    image = image_from_fields(make_image('rgb8', 2, [[*RED, *GREEN]], is_bigendian=1))
    assert image.tolist() == [[RED, GREEN]]


@pytest.mark.parametrize('padding', [0, 4])
@pytest.mark.parametrize(
    ('encoding', 'row'),
    [
        # Y = 82, U = 90, V = 240 is red in BT.601 video range.
        ('yuv422_yuy2', [82, 90, 82, 240]),
        ('yuyv', [82, 90, 82, 240]),
        ('yuv422', [90, 82, 240, 82]),
        ('uyvy', [90, 82, 240, 82]),
    ],
)
def test_yuv422_is_converted_to_rgb(make_image, encoding, row, padding):
    image = image_from_fields(make_image(encoding, 2, [row, row], padding=padding))
    assert image.shape == (2, 2, 3)
    assert np.abs(image.astype(int) - RED).max() <= 3


def test_jpeg_is_decoded_almost_without_loss(picture):
    data = cv2.imencode('.jpg', cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
    image = image_from_fields(SimpleNamespace(format='jpeg', data=data))
    assert np.abs(image.astype(int) - picture).mean() < 4


@pytest.mark.parametrize('padding', [b'\0' * 100, b'\xff' * 100, b'\n'])
def test_a_padded_jpeg_is_accepted(picture, padding):
    data = cv2.imencode('.jpg', picture)[1].tobytes() + padding
    assert image_from_fields(SimpleNamespace(format='jpeg', data=data)).shape == (48, 64, 3)


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
def test_a_truncated_compressed_image_is_rejected(picture, suffix):
    data = cv2.imencode(suffix, picture)[1].tobytes()
    with pytest.raises(
        ImageConversionError,
        match='cut off, or claims more than 64 megapixels',
    ):
        image_from_fields(SimpleNamespace(format='jpeg', data=data[: len(data) // 2]))


def test_a_compressed_image_with_a_broken_header_is_rejected():
    data = b'\xff\xd8\xff' + b'\x00' * 50 + b'\xff\xd9'
    with pytest.raises(ImageConversionError, match='damaged'):
        image_from_fields(SimpleNamespace(format='jpeg', data=data))


@pytest.mark.parametrize('data', [b'', b'RIFF....WEBP'])
def test_formats_other_than_jpeg_and_png_are_rejected(data):
    with pytest.raises(ImageConversionError, match=r"'16UC1; compressedDepth'.*neither a JPEG"):
        image_from_fields(SimpleNamespace(format='16UC1; compressedDepth', data=data))


def test_data_shorter_than_step_times_height_is_rejected(make_image):
    message = make_image('rgb8', 2, [[*RED, *GREEN], [*RED, *GREEN]])
    message.data = message.data[:-1]
    with pytest.raises(ImageConversionError, match=r'11 bytes of data, expected .* 12'):
        image_from_fields(message)


def test_a_step_shorter_than_a_row_is_rejected():
    message = raw('rgb8', 2, 1, step=5, data=bytes(6))
    with pytest.raises(ImageConversionError, match='step 5, but a row takes 6 bytes'):
        image_from_fields(message)


@pytest.mark.parametrize(('width', 'height'), [(0, 2), (2, 0)])
def test_an_image_without_pixels_is_rejected(width, height):
    with pytest.raises(ImageConversionError, match='no pixels; check the camera driver'):
        image_from_fields(raw('rgb8', width, height))


def test_yuv422_of_odd_width_is_rejected(make_image):
    with pytest.raises(ImageConversionError, match='odd width'):
        image_from_fields(make_image('yuyv', 3, [[0] * 6]))
