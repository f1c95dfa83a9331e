# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read pictures from files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray


class BadPicture(ValueError):
    """The file is not a picture; the message names the file and a remedy."""


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a picture file (JPEG, PNG, WebP, BMP).

    Returns:
        (H, W, 3) uint8 RGB. Grey pictures become RGB; an alpha channel is dropped.

    Raises:
        BadPicture: The file is missing or not a complete picture.
    """
    try:
        encoded = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise BadPicture(
            f'the image {path} cannot be read ({error.strerror}); correct the image folder, or '
            'download the image again'
        ) from error
    try:
        bgr = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if len(encoded) else None
    except cv2.error:  # a picture too large for OpenCV
        bgr = None
    if bgr is None:
        raise BadPicture(
            f'{path}: its {len(encoded)} bytes cannot be decoded as an image; expected a complete '
            'JPEG, PNG, WebP or BMP file. Download it again, or remove it'
        )
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)
