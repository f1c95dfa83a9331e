# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Camera images to the square pictures that a vision tower was trained on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def resize_image(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resize an image to a square, ignoring its aspect ratio.

    Bridge and OpenVLA data are resized without letterbox, so the policy sees what it was trained
    on. Shrinking averages areas (no aliasing); growing is bicubic.

    Args:
        image: (H, W, 3) uint8.
        size: Side of the square [px].

    Returns:
        (size, size, 3) uint8; the very array that was given if it has this size already.
    """
    height, width = image.shape[:2]
    if (height, width) == (size, size):
        return image
    shrinks = height >= size and width >= size
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (size, size), interpolation=interpolation), dtype=np.uint8)
