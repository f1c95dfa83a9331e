# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Image and CompressedImage: every encoding, step and byte order, JPEG and PNG that break off."""

import struct

import cv2
import numpy as np
from sensor_msgs.msg import CompressedImage, Image

from genvla_policy.images.camera_image import ENCODINGS, ImageConversionError
from genvla_policy.ros.image_conversion import image_from_msg

_HEADER = struct.Struct('<BBHHHB')
_PICTURE = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
_NAMES = [*ENCODINGS, '32FC1', 'bayer_rggb8', '', 'rgb8; jpeg compressed', 'png']


def _raw(number, bytes_per_pixel):
    header = _HEADER.pack(0, number, 6, 8, 8 * bytes_per_pixel, 0)
    return header + bytes(6 * 8 * bytes_per_pixel)


def _file(kind):
    return _HEADER.pack(1, 0, 0, 0, 0, 0) + cv2.imencode(kind, _PICTURE)[1].tobytes()


SEEDS = [_raw(number, 4) for number in range(len(ENCODINGS))] + [_file('.jpg'), _file('.png')]
EXPECTED = (ImageConversionError,)


def attack(data):
    data = data.ljust(_HEADER.size, b'\0')
    kind, number, height, width, step, is_bigendian = _HEADER.unpack_from(data)
    body, name = data[_HEADER.size :], _NAMES[number % len(_NAMES)]
    if kind % 2:
        picture = image_from_msg(CompressedImage(format=name, data=body))
    else:
        fields = {'height': height, 'width': width, 'step': step, 'encoding': name}
        picture = image_from_msg(Image(**fields, is_bigendian=is_bigendian % 3, data=body))
        assert picture.shape[:2] == (height, width)
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 3
