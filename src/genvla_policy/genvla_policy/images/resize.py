# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Resize images to squares, and crop the middle of a square."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

_PIL_FILTERS: Mapping[str, Image.Resampling] = {
    'bicubic': Image.Resampling.BICUBIC,
    'lanczos': Image.Resampling.LANCZOS,
}
RESIZES = ('area', *_PIL_FILTERS)
"""Resize filters; see resize_image()."""


def resize_image(image: NDArray[np.uint8], size: int, resize: str = 'area') -> NDArray[np.uint8]:
    """Resize an image to a square, ignoring its aspect ratio.

    Args:
        image: (H, W, 3) uint8.
        size: Side of the square [px].
        resize: "area" averages areas to shrink (no aliasing) and is bicubic to enlarge. "bicubic"
            and "lanczos" (three lobes) are Pillow's; to shrink, they widen with the scale, as
            torchvision's and TensorFlow's do with antialias.

    Returns:
        (size, size, 3) uint8; the input array itself if it already has this size.
    """
    height, width = image.shape[:2]
    if (height, width) == (size, size):
        return image
    if resize in _PIL_FILTERS:
        return np.array(Image.fromarray(image).resize((size, size), _PIL_FILTERS[resize]))
    shrinks = height >= size and width >= size
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (size, size), interpolation=interpolation), dtype=np.uint8)


def crop_center(image: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """Crop the middle of a square image and enlarge it to the image's size.

    Interpolation is bilinear. The corners of the result are the corners of the crop, as in
    TensorFlow's crop_and_resize.

    Source: crop_and_resize in experiments/robot/openvla_utils.py of openvla/openvla.

    Args:
        image: (S, S, 3) uint8.
        share: Share of the area to keep, in (0, 1].

    Returns:
        (S, S, 3) uint8; the input array itself if the share is 1.
    """
    if share == 1.0:
        return image
    last = image.shape[0] - 1
    places = 0.5 * last + np.sqrt(share) * (np.arange(last + 1) - 0.5 * last)
    low = places.astype(int)
    high = np.minimum(low + 1, last)
    part = (places - low).astype(np.float32)[:, None]
    rows = image[low] * (1 - part[..., None]) + image[high] * part[..., None]
    cut = rows[:, low] * (1 - part) + rows[:, high] * part
    return np.asarray(np.rint(cut), dtype=np.uint8)
