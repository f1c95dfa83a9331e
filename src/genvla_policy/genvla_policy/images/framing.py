# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Check whether a camera still shows what it showed when a reference image was taken."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

_SHIFT_PX, _LIKENESS = 8.0, 0.05
"""Largest shift, and smallest likeness of edges, between two images of the same place.
An arm that moves through the image changes them less."""


@dataclass(frozen=True)
class Framing:
    """How an image differs from a reference.

    Attributes:
        right_px: How far the content has moved to the right [px].
        down_px: How far it has moved down [px].
        likeness: Likeness of the edges in both, from 0 to 1.
    """

    right_px: float
    down_px: float
    likeness: float

    @property
    def objection(self) -> str:
        """What is wrong with the camera, and how to fix it; empty if nothing is."""
        if self.likeness < _LIKENESS:
            return (
                'it does not show the scene of the reference: check that the camera was not moved'
            )
        if float(np.hypot(self.right_px, self.down_px)) > _SHIFT_PX:
            return 'turn the camera back to the view of the reference'
        return ''


def compare_framing(rgb: Image, reference: Image) -> Framing:
    """Compare two images of the same size, (H, W, 3) RGB, by phase correlation of their edges.

    Raises:
        ValueError: The sizes differ.
    """
    if rgb.shape != reference.shape:
        raise ValueError(
            f'the reference is {reference.shape[1]}x{reference.shape[0]}, but the image is '
            f'{rgb.shape[1]}x{rgb.shape[0]}: set image_width and image_height of the camera'
        )
    edges = [
        np.asarray(cv2.Laplacian(cv2.cvtColor(i, cv2.COLOR_RGB2GRAY), cv2.CV_32F), np.float32)
        for i in (reference, rgb)
    ]
    window = cv2.createHanningWindow((rgb.shape[1], rgb.shape[0]), cv2.CV_32F)
    (right, down), likeness = cv2.phaseCorrelate(edges[0], edges[1], window)
    return Framing(right, down, likeness)
