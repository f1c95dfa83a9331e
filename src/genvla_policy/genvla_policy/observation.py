# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The input of a policy: camera images and an instruction, at one moment."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Observation:
    """One moment as the policy sees it.

    Attributes:
        images: One image per camera, in the order of the checkpoint's cameras, each (H, W, 3)
            uint8 RGB. Sizes may differ from camera to camera.
        instruction: What the robot should do, in plain words. Not blank.
        stamp_s: When the images were captured [s], on the clock that stamps the robot's messages.
        state: The robot's state in the order and units of the training data, for a policy with
            proprio_dim. Other policies ignore it.

    Raises:
        TypeError: An image is not a uint8 array, or the instruction is not a string.
        ValueError: There is no image, an image has another shape, the instruction is blank, or the
            stamp is not finite.
    """

    images: tuple[NDArray[np.uint8], ...]
    instruction: str
    stamp_s: float
    state: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Reject observations that no policy could use."""
        object.__setattr__(self, 'images', tuple(self.images))
        if not self.images:
            raise ValueError('an observation needs at least one image, got none')
        for index, image in enumerate(self.images):
            _check_image(index, image)
        if not isinstance(self.instruction, str):
            raise TypeError(f'instruction must be a str, got {type(self.instruction).__name__}')
        if not self.instruction.strip():
            raise ValueError('instruction is blank; describe what the robot should do')
        if not math.isfinite(self.stamp_s):
            raise ValueError(f'stamp_s must be finite, got {self.stamp_s}')


def _check_image(index: int, image: NDArray[np.uint8]) -> None:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        kind = image.dtype if isinstance(image, np.ndarray) else type(image).__name__
        raise TypeError(f'images[{index}] must be a uint8 array, got {kind}')
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f'images[{index}] must be (H, W, 3) RGB, got shape {image.shape}')
