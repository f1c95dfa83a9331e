# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Decodes JPEG, PNG and WebP files that come from anywhere."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

_FORMATS = ('JPEG', 'PNG', 'WEBP')
_MOST_PIXELS = 64_000_000
"""Of a picture that is decoded: four times what a camera of a robot takes."""


def decode_rgb(encoded: bytes, *, turned: bool) -> NDArray[np.uint8] | None:
    """Return a picture as (H, W, 3) uint8 RGB; None: the bytes are no picture that can be decoded.

    OpenCV allocates whatever a damaged file says that it needs, so Pillow reads the header first.

    Args:
        encoded: The bytes of a file.
        turned: Whether the picture is turned as its EXIF orientation says.
    """
    if not _is_sane(encoded):
        return None
    flags = cv2.IMREAD_COLOR | (0 if turned else cv2.IMREAD_IGNORE_ORIENTATION)
    try:
        bgr = cv2.imdecode(np.frombuffer(encoded, dtype=np.uint8), flags)
    except cv2.error:
        return None
    return None if bgr is None else np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _is_sane(encoded: bytes) -> bool:
    """Whether the header names a size that may be, and a PNG's parts are as long as they say."""
    try:
        with Image.open(io.BytesIO(encoded), formats=_FORMATS) as header:
            width, height = header.size
            if width * height > _MOST_PIXELS:
                return False
            header.verify()
    except Exception:  # Pillow raises whatever its parsers stumble over
        return False
    return True
