# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a camera still shows what it showed when a reference picture was taken."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

_SHIFT_PX, _LIKENESS = 8.0, 0.05
"""By how much it may be turned, and how alike the edges of two pictures of one place are at least.
An arm that moves through the picture changes them less."""


@dataclass(frozen=True)
class Framing:
    """How a picture differs from a reference.

    Attributes:
        right_px: How far what it shows has moved to the right [px].
        down_px: How far it has moved down [px].
        likeness: Of the edges in both, from 0 to 1.
    """

    right_px: float
    down_px: float
    likeness: float

    @property
    def objection(self) -> str:
        """What is wrong with the camera, and what to do; empty: nothing."""
        if self.likeness < _LIKENESS:
            return 'it shows something else than the reference: is the camera where it was?'
        if float(np.hypot(self.right_px, self.down_px)) > _SHIFT_PX:
            return 'turn the camera back to where the reference was taken'
        return ''


def compare_framing(rgb: Image, reference: Image) -> Framing:
    """Compare two pictures of one size, (H, W, 3) RGB, by phase correlation of their edges.

    Raises:
        ValueError: Their sizes differ.
    """
    if rgb.shape != reference.shape:
        raise ValueError(
            f'the reference is {reference.shape[1]}x{reference.shape[0]}, the picture '
            f'{rgb.shape[1]}x{rgb.shape[0]}: set image_width and image_height of the camera'
        )
    edges = [
        np.asarray(cv2.Laplacian(cv2.cvtColor(i, cv2.COLOR_RGB2GRAY), cv2.CV_32F), np.float32)
        for i in (reference, rgb)
    ]
    window = cv2.createHanningWindow((rgb.shape[1], rgb.shape[0]), cv2.CV_32F)
    (right, down), likeness = cv2.phaseCorrelate(edges[0], edges[1], window)
    return Framing(right, down, likeness)
