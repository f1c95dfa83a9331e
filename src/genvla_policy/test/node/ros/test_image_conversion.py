# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Camera messages become RGB arrays, or an error gives the reason."""

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
    """Return an image message of rows of bytes; each row is padded to `step`."""

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
    """Return a smooth 48x64 RGB image that JPEG hardly changes."""
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
def test_colours_are_converted_to_rgb(make_image, encoding, row, padding):
    image = image_from_msg(make_image(encoding, 2, [row, row], padding=padding))
    assert image.tolist() == [[RED, GREEN], [RED, GREEN]]


def test_an_rgb8_image_is_not_copied(make_image):
    message = make_image('rgb8', 2, [[*RED, *GREEN]])
    assert np.shares_memory(image_from_msg(message), np.frombuffer(message.data, np.uint8))


def test_png_is_decoded_without_loss(picture):
    data = cv2.imencode('.png', cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
    image = image_from_msg(CompressedImage(format='rgb8; png compressed bgr8', data=data))
    assert np.array_equal(image, picture)


def test_an_encoding_that_needs_cv_bridge_is_rejected_without_it(make_image, monkeypatch):
    monkeypatch.setitem(sys.modules, 'cv_bridge', None)
    with pytest.raises(ImageConversionError) as refusal:
        image_from_msg(make_image('bayer_rggb8', 2, [[1, 2], [3, 4]]))
    assert "'bayer_rggb8' is not supported without cv_bridge" in str(refusal.value)
    assert 'supported: rgb8, bgr8,' in str(refusal.value)


def test_an_unknown_encoding_is_converted_by_cv_bridge(make_image, monkeypatch, tmp_path):
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
    del sys.modules['cv_bridge']
    assert image.tolist() == [[[7, 7, 7], [7, 7, 7]]]
