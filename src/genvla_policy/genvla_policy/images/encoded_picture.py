# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Decode JPEG, PNG and WebP files from any source."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

_FORMATS = ('JPEG', 'PNG', 'WEBP')
MOST_PIXELS = 64_000_000
"""Largest image that is decoded [px]: four times the size of a robot camera's images."""


def decode_rgb(encoded: bytes, *, turned: bool) -> NDArray[np.uint8] | None:
    """Return an image as (H, W, 3) uint8 RGB; None if the bytes cannot be decoded.

    OpenCV allocates whatever memory a damaged file claims to need, so Pillow checks it first.

    Args:
        encoded: The bytes of a file.
        turned: Whether to rotate the image as its EXIF orientation requires.
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
    """Return whether the header gives an acceptable size, and a PNG's chunks are intact."""
    try:
        with Image.open(io.BytesIO(encoded), formats=_FORMATS) as header:
            width, height = header.size
            if width * height > MOST_PIXELS:
                return False
            header.verify()
    except Exception:  # Pillow's parsers raise errors of many types
        return False
    return True
