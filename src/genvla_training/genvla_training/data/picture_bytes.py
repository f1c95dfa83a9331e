# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Decode pictures from JPEG, PNG or WebP files, and encode them as JPEG."""

from __future__ import annotations

import cv2

from genvla_policy.images.encoded_picture import decode_rgb
from genvla_training.data.episode import BadData, Image

_JPEG = (
    cv2.IMWRITE_JPEG_QUALITY, 95,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
)  # fmt: skip
_LFS_POINTER = b'version https://git-lfs'


def decode_picture(encoded: bytes, *, source: str) -> Image:
    """Decode a picture. Gray ones become RGB; an alpha channel is dropped.

    Args:
        encoded: Contents of the file.
        source: Description of the picture, for messages.

    Raises:
        BadData: There are no bytes, or they are not a complete picture.
    """
    if not encoded:
        raise BadData(
            f'{source}: the image is empty; expected a JPEG or PNG file. Download it again, or '
            'exclude the entry'
        )
    picture = decode_rgb(encoded, turned=True)
    if picture is None:
        hint = ''
        if encoded.startswith(_LFS_POINTER):
            hint = ' (only a Git LFS pointer: run `git lfs pull`)'
        raise BadData(
            f'{source}: {len(encoded)} bytes that begin with {encoded[:8]!r} cannot be decoded as '
            f'an image{hint}; expected a complete JPEG or PNG file. Download it again, or exclude '
            'the entry'
        )
    return picture


def encode_picture(image: Image) -> bytes:
    """Encode a picture as JPEG of quality 95, with colours in full resolution.

    Args:
        image: (height, width, 3) uint8 RGB.
    """
    _, encoded = cv2.imencode('.jpg', cv2.cvtColor(image, cv2.COLOR_RGB2BGR), _JPEG)
    return encoded.tobytes()
