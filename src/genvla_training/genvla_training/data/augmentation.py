# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Augmentation of pictures, instructions and visible actions between data and model."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from genvla_training.data.episode import Image

# Source: image_augment_kwargs of prismatic/vla/datasets/datasets.py (OpenVLA).
CROP_AREA = 0.9
_BRIGHTNESS = 0.2
_CONTRAST = (0.8, 1.2)
_SATURATION = (0.8, 1.2)
_HUE = 0.05


@dataclass(frozen=True)
class RobotAugmentation:
    """Random changes to samples between data and model.

    Attributes:
        images: Crop pictures and change their colours, as OpenVLA does. Off in the paper's code.
            The policy then sees the middle of a picture, as large as the crops
            (VLAConfig.center_crop).
        instructions: Paraphrase the instruction.
        masked_action_share: Share of the action's characters that are hidden from the model when
            it predicts the later ones (VLA-0's masked-action augmentation). In [0, 1).
        begun_share: Share of the chunks that begin with actions as they were executed. The model
            reads these actions but is not trained on them, so it learns to continue from committed
            ones. In [0, 1].
        strayed_share: Share of these chunks whose given actions are wrong at random, and whose
            other actions return to the expert's path, so that the model does not learn to repeat
            what it is given. In [0, 1].
        short_share: Share of the chunks whose training text ends after the first action that the
            model decides. This is the hardest action, and the text is a fraction of the chunk's.
            In [0, 1].
    """

    images: bool = False
    instructions: bool = False
    masked_action_share: float = 0.0
    begun_share: float = 0.0
    strayed_share: float = 0.0
    short_share: float = 0.0


def augment_image(image: Image, rng: Generator) -> Image:
    """Crop 90 % of a picture's area at random, resize it back, and change its colours a little.

    Args:
        image: (S, S, 3) uint8 RGB.
        rng: Source of randomness.

    Returns:
        A new picture of the same size.
    """
    size = image.shape[0]
    side = round(size * CROP_AREA**0.5)
    left, top = rng.integers(0, size - side + 1, 2)
    cropped = cv2.resize(
        image[top : top + side, left : left + side], (size, size), interpolation=cv2.INTER_LINEAR
    )
    return _change_colours(cropped, rng)


def _change_colours(image: NDArray[np.generic], rng: Generator) -> Image:
    pixels = image.astype(np.float32) / 255.0 + rng.uniform(-_BRIGHTNESS, _BRIGHTNESS)
    mean = pixels.mean(axis=(0, 1), keepdims=True)
    pixels = (pixels - mean) * rng.uniform(*_CONTRAST) + mean
    hsv = cv2.cvtColor(np.clip(pixels, 0.0, 1.0).astype(np.float32), cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + 360.0 * rng.uniform(-_HUE, _HUE)) % 360.0
    hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(*_SATURATION), 0.0, 1.0)
    rgb = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    changed: Image = np.rint(255.0 * rgb).astype(np.uint8)
    return changed
