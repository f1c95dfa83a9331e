# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Camera messages as RGB arrays, no matter whether ROS or a bag reader has read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from genvla_policy.images.encoded_picture import MOST_PIXELS, decode_rgb


class ImageConversionError(ValueError):
    """A camera message cannot be converted to an image; the error gives reason and remedy."""


@dataclass(frozen=True)
class _Layout:
    """Memory layout of an encoding's pixels, and the conversion that turns them into RGB."""

    channels: int
    to_rgb: int | None
    num_bytes: int = 1


# Names from sensor_msgs/image_encodings.hpp; uyvy and yuyv replace two deprecated names.
_LAYOUTS = {
    'rgb8': _Layout(3, None),
    'bgr8': _Layout(3, cv2.COLOR_BGR2RGB),
    'rgba8': _Layout(4, cv2.COLOR_RGBA2RGB),
    'bgra8': _Layout(4, cv2.COLOR_BGRA2RGB),
    'mono8': _Layout(1, cv2.COLOR_GRAY2RGB),
    'mono16': _Layout(1, cv2.COLOR_GRAY2RGB, num_bytes=2),
    'yuv422_yuy2': _Layout(2, cv2.COLOR_YUV2RGB_YUY2),
    'yuyv': _Layout(2, cv2.COLOR_YUV2RGB_YUY2),
    'yuv422': _Layout(2, cv2.COLOR_YUV2RGB_UYVY),
    'uyvy': _Layout(2, cv2.COLOR_YUV2RGB_UYVY),
}

# First and last bytes of a complete file. OpenCV before 5 fills missing parts with grey.
_COMPRESSED_ENDS = {
    b'\xff\xd8\xff': b'\xff\xd9',
    b'\x89PNG\r\n\x1a\n': b'IEND\xaeB`\x82',
}
_LONGEST_PADDING = 4096


class RawImage(Protocol):
    """The fields of sensor_msgs/Image that are used."""

    height: int
    width: int
    encoding: str
    is_bigendian: int
    step: int
    data: Any


class CompressedImage(Protocol):
    """The fields of sensor_msgs/CompressedImage that are used."""

    format: str
    data: Any


ENCODINGS = tuple(_LAYOUTS)
"""Encodings of raw images that can be converted."""


def image_from_fields(message: Any) -> NDArray[np.uint8]:
    """Return the image of a camera message: a RawImage, or a CompressedImage.

    Returns:
        (H, W, 3) uint8 RGB. An rgb8 image is a view of the message's data, padded or not.

    Raises:
        ImageConversionError: The message is inconsistent or damaged, or its encoding is not
            supported.
    """
    if not hasattr(message, 'encoding'):
        return _decompress(message)
    if message.encoding not in _LAYOUTS:
        raise ImageConversionError(
            f'image encoding {message.encoding!r} is not supported; supported: '
            f'{", ".join(ENCODINGS)}'
        )
    return _convert(message, _LAYOUTS[message.encoding])


def _convert(message: RawImage, layout: _Layout) -> NDArray[np.uint8]:
    pixels = _pixels(message, layout)
    if layout.num_bytes == 2:
        # The full range of 16 bits is mapped to 8 bits, as in cv_bridge.
        pixels = (pixels >> 8).astype(np.uint8)
    if layout.to_rgb is None:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, layout.to_rgb), dtype=np.uint8)


def _pixels(message: RawImage, layout: _Layout) -> NDArray[Any]:
    """Return the data as a view (H, W, channels), without the padding at the end of each row."""
    height, width, step = message.height, message.width, message.step
    shape = f'{width}x{height} {message.encoding}'
    if height == 0 or width == 0:
        raise ImageConversionError(f'image is {shape}: it has no pixels; check the camera driver')
    row_bytes = width * layout.channels * layout.num_bytes
    if step < row_bytes:
        raise ImageConversionError(
            f'image of {shape} has step {step}, but a row takes {row_bytes} bytes; '
            'the camera driver fills in the wrong step or encoding'
        )
    if len(message.data) < step * height:
        raise ImageConversionError(
            f'image of {shape} has {len(message.data)} bytes of data, expected step * height = '
            f'{step * height}; the camera driver sends incomplete images'
        )
    if layout.to_rgb in (cv2.COLOR_YUV2RGB_YUY2, cv2.COLOR_YUV2RGB_UYVY) and width % 2:
        raise ImageConversionError(
            f'image of {shape} has an odd width, but its pixels share colours in pairs; '
            'set an even width in the camera driver'
        )
    # Byte order matters only for mono16: every other encoding here has one byte per number.
    order = '>' if message.is_bigendian else '<'
    return np.ndarray(
        shape=(height, width, layout.channels),
        dtype=f'{order}u{layout.num_bytes}',
        buffer=message.data,
        strides=(step, layout.channels * layout.num_bytes, layout.num_bytes),
    )


def _decompress(message: CompressedImage) -> NDArray[np.uint8]:
    data = bytes(message.data)
    name = f'compressed image of format {message.format!r} ({len(data)} bytes)'
    end = next((end for start, end in _COMPRESSED_ENDS.items() if data.startswith(start)), None)
    if end is None:
        raise ImageConversionError(
            f'{name} is neither a JPEG nor a PNG; set the image transport to one of them'
        )
    # The end marker may come before the very end: some cameras pad their images.
    # EXIF orientation is ignored because it would rotate the camera's pixels.
    whole = end in data[-_LONGEST_PADDING:]
    picture = decode_rgb(data, turned=False) if whole else None
    if picture is None:
        raise ImageConversionError(
            f'{name} is damaged or cut off, or claims more than {MOST_PIXELS / 1e6:.0f} '
            'megapixels; check the cable, the network and the camera driver'
        )
    return picture
