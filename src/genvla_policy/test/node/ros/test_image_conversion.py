# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Camera messages become RGB arrays, or say why not."""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import CompressedImage, Image

from genvla_policy.images.camera_image import ImageConversionError
from genvla_policy.ros.image_conversion import image_from_msg

RED, GREEN, BLUE = [255, 0, 0], [0, 255, 0], [0, 0, 255]


@pytest.fixture
def make_image():
    """Make an image message of rows of bytes; each row is padded to `step`."""

    def make(encoding, width, rows, *, padding=0, is_bigendian=0):
        step = len(rows[0]) + padding
        data = b''.join(bytes(row) + b'\xaa' * padding for row in rows)
        return Image(
            encoding=encoding,
            width=width,
            height=len(rows),
            step=step,
            is_bigendian=is_bigendian,
            data=data,
        )

    return make


@pytest.fixture
def picture():
    """A smooth 48x64 RGB picture that survives JPEG."""
    y, x = np.mgrid[0:48, 0:64]
    return np.stack([4 * x, 5 * y, 255 - 4 * x], axis=-1).astype(np.uint8)


@pytest.mark.parametrize('padding', [0, 5])
@pytest.mark.parametrize(
    ('encoding', 'row'),
    [
        ('rgb8', [*RED, *GREEN]),
        ('bgr8', [*BLUE, *GREEN]),
        ('rgba8', [*RED, 9, *GREEN, 9]),
        ('bgra8', [*BLUE, 9, *GREEN, 9]),
    ],
)
def test_colours_come_out_as_rgb(make_image, encoding, row, padding):
    image = image_from_msg(make_image(encoding, 2, [row, row], padding=padding))
    assert image.tolist() == [[RED, GREEN], [RED, GREEN]]


@pytest.mark.parametrize('padding', [0, 3])
def test_mono8_becomes_grey(make_image, padding):
    image = image_from_msg(make_image('mono8', 2, [[7, 200]], padding=padding))
    assert image.tolist() == [[[7, 7, 7], [200, 200, 200]]]


@pytest.mark.parametrize(('is_bigendian', 'row'), [(1, [200, 1]), (0, [1, 200])])
def test_mono16_honours_the_byte_order(make_image, is_bigendian, row):
    image = image_from_msg(make_image('mono16', 1, [row], is_bigendian=is_bigendian))
    assert image.tolist() == [[[200, 200, 200]]]


def test_byte_order_does_not_matter_to_8_bits(make_image):
    image = image_from_msg(make_image('rgb8', 2, [[*RED, *GREEN]], is_bigendian=1))
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
def test_yuv422_comes_out_as_rgb(make_image, encoding, row, padding):
    image = image_from_msg(make_image(encoding, 2, [row, row], padding=padding))
    assert image.shape == (2, 2, 3)
    assert np.abs(image.astype(int) - RED).max() <= 3


def test_an_rgb8_picture_is_not_copied(make_image):
    message = make_image('rgb8', 2, [[*RED, *GREEN]])
    assert np.shares_memory(image_from_msg(message), np.frombuffer(message.data, np.uint8))


def test_png_comes_out_as_it_was(picture):
    data = cv2.imencode('.png', cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
    image = image_from_msg(CompressedImage(format='rgb8; png compressed bgr8', data=data))
    assert np.array_equal(image, picture)


def test_jpeg_comes_out_nearly_as_it_was(picture):
    data = cv2.imencode('.jpg', cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
    image = image_from_msg(CompressedImage(format='jpeg', data=data))
    assert np.abs(image.astype(int) - picture).mean() < 4


@pytest.mark.parametrize('padding', [b'\0' * 100, b'\xff' * 100, b'\n'])
def test_a_padded_jpeg_is_whole(picture, padding):
    data = cv2.imencode('.jpg', picture)[1].tobytes() + padding
    assert image_from_msg(CompressedImage(format='jpeg', data=data)).shape == (48, 64, 3)


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
def test_a_compressed_picture_that_is_cut_off_is_refused(picture, suffix):
    data = cv2.imencode(suffix, picture)[1].tobytes()
    with pytest.raises(ImageConversionError, match='damaged or cut off; check the cable'):
        image_from_msg(CompressedImage(format='jpeg', data=data[: len(data) // 2]))


def test_a_compressed_picture_with_a_broken_header_is_refused():
    data = b'\xff\xd8\xff' + b'\x00' * 50 + b'\xff\xd9'
    with pytest.raises(ImageConversionError, match='damaged'):
        image_from_msg(CompressedImage(format='jpeg', data=data))


@pytest.mark.parametrize('data', [b'', b'RIFF....WEBP'])
def test_what_is_neither_jpeg_nor_png_is_refused(data):
    with pytest.raises(ImageConversionError, match=r"'16UC1; compressedDepth'.*neither a JPEG"):
        image_from_msg(CompressedImage(format='16UC1; compressedDepth', data=data))


def test_data_shorter_than_step_times_height_is_refused(make_image):
    message = make_image('rgb8', 2, [[*RED, *GREEN], [*RED, *GREEN]])
    message.data = message.data[:-1]
    with pytest.raises(ImageConversionError, match=r'11 bytes of data, expected .* 12'):
        image_from_msg(message)


def test_a_step_shorter_than_a_row_is_refused():
    message = Image(encoding='rgb8', width=2, height=1, step=5, data=bytes(6))
    with pytest.raises(ImageConversionError, match='step 5, but a row takes 6 bytes'):
        image_from_msg(message)


@pytest.mark.parametrize(('width', 'height'), [(0, 2), (2, 0)])
def test_an_image_without_pixels_is_refused(width, height):
    with pytest.raises(ImageConversionError, match='no pixels; check the camera driver'):
        image_from_msg(Image(encoding='rgb8', width=width, height=height))


def test_yuv422_of_odd_width_is_refused(make_image):
    with pytest.raises(ImageConversionError, match='odd width'):
        image_from_msg(make_image('yuyv', 3, [[0] * 6]))


def test_an_encoding_that_needs_cv_bridge_is_refused_without_it(make_image, monkeypatch):
    monkeypatch.setitem(sys.modules, 'cv_bridge', None)
    with pytest.raises(ImageConversionError) as refusal:
        image_from_msg(make_image('bayer_rggb8', 2, [[1, 2], [3, 4]]))
    assert "'bayer_rggb8' is not supported without cv_bridge" in str(refusal.value)
    assert 'supported: rgb8, bgr8,' in str(refusal.value)


def test_an_encoding_that_is_not_known_goes_through_cv_bridge(make_image, monkeypatch, tmp_path):
    (tmp_path / 'cv_bridge.py').write_text(
        'import numpy as np\n'
        'class CvBridge:\n'
        '    def imgmsg_to_cv2(self, message, desired_encoding):\n'
        "        assert desired_encoding == 'rgb8'\n"
        '        return np.full((message.height, message.width, 3), 7, np.uint8)\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, 'cv_bridge', raising=False)
    image = image_from_msg(make_image('bayer_rggb8', 2, [[1, 2]]))
    monkeypatch.delitem(sys.modules, 'cv_bridge')
    assert image.tolist() == [[[7, 7, 7], [7, 7, 7]]]
