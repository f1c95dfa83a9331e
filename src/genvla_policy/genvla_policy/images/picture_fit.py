# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Convert a camera image to the square that a model was trained on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from genvla_policy.images.resize import crop_center, resize_image

ASPECTS = ('squash', 'crop', 'letterbox', 'keep_height')
_SAME_ASPECT = 0.01
"""Aspect ratios that differ by less than this share count as equal: 854x480 and 1280x720."""


@dataclass(frozen=True)
class PictureFit:
    """The conversion of an image to a model's square; see VLAConfig."""

    size: int
    resize: str
    center_crop: float
    aspect: str
    aspect_ratio: float

    def robot(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the model's view of its robot's camera: framed, resized and cropped.

        Args:
            picture: (H, W, 3) uint8.

        Returns:
            (S, S, 3) uint8.
        """
        return crop_center(self.whole(self._framed(picture)), self.center_crop)

    def whole(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the whole image as a square: for a question, or for a robot before any crop.

        Args:
            picture: (H, W, 3) uint8.

        Returns:
            (S, S, 3) uint8.
        """
        return resize_image(picture, self.size, self.resize)

    def notice(self, picture: NDArray[np.uint8]) -> str:
        """Describe a mismatch with the training data's aspect ratio; empty if there is none."""
        if self._is_as_trained(picture):
            return ''
        height, width = picture.shape[:2]
        goal_width, goal_height = self._framed_size(width, height)
        done = 'is squashed'
        if goal_width < width or goal_height < height:
            done = 'is cropped to the ratio of training, and the policy does not see the rest'
        elif goal_width > width or goal_height > height:
            done = 'is padded to the ratio of training with its edge pixels'
        return (
            f'the aspect ratio in training was {self.aspect_ratio:.3g}; an image of '
            f'{width}x{height} ({width / height:.3g}) {done}. Set the camera to the '
            'aspect ratio of training'
        )

    def _is_as_trained(self, picture: NDArray[np.uint8]) -> bool:
        height, width = picture.shape[:2]
        trained = self.aspect_ratio
        return not trained or abs(width / height - trained) <= _SAME_ASPECT * trained

    def _framed_size(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height to crop or pad an image to."""
        if self.aspect == 'squash':
            return width, height
        fitting_width = max(1, round(height * self.aspect_ratio))
        fitting_height = max(1, round(width / self.aspect_ratio))
        if self.aspect == 'keep_height':
            return fitting_width, height
        choose = min if self.aspect == 'crop' else max
        return choose(width, fitting_width), choose(height, fitting_height)

    def _framed(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Crop or pad an image around its centre to the training data's aspect ratio."""
        if self._is_as_trained(picture):
            return picture
        height, width = picture.shape[:2]
        goal_width, goal_height = self._framed_size(width, height)
        left, top = max(0, width - goal_width) // 2, max(0, height - goal_height) // 2
        kept = picture[top : top + goal_height, left : left + goal_width]
        if kept.shape[:2] == (goal_height, goal_width):
            return kept
        wider, higher = goal_width - kept.shape[1], goal_height - kept.shape[0]
        border = (higher // 2, higher - higher // 2, wider // 2, wider - wider // 2)
        # Repeat the edge pixels: a policy that never saw bars takes grey ones for objects.
        padded = cv2.copyMakeBorder(kept, *border, cv2.BORDER_REPLICATE)
        return np.asarray(padded, dtype=np.uint8)
