# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Detect a camera that was moved while the policy runs: the most common silent fault."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from genvla_policy.images.framing import Image, compare_framing

REFERENCE_FILE = 'reference.png'
"""File in a checkpoint folder: an image from the camera of the training data."""
_PERIOD_S = 2.0
_WIDTH = 320
_BELIEVED = 3
"""Number of consecutive failed checks before a notice: a hand in the image is gone by then."""


class CameraWatch:
    """Compares an image with the reference at intervals."""

    def __init__(self, reference: Image) -> None:
        """Start without a notice.

        Args:
            reference: Image that the camera should show, (H, W, 3) uint8 RGB.
        """
        self._reference = _small(reference)
        self._looked_s: float | None = None
        self._objections = 0
        self._notice = ''

    @property
    def notice(self) -> str:
        """What is wrong with the camera, and how to fix it; empty if nothing is."""
        return self._notice

    def look(self, rgb: Image, now_s: float) -> None:
        """Check an image, if the last check was long enough ago.

        Args:
            rgb: (H, W, 3) uint8 RGB.
            now_s: Time of a monotonic clock [s].
        """
        if self._looked_s is not None and now_s - self._looked_s < _PERIOD_S:
            return
        self._looked_s = now_s
        try:
            objection = compare_framing(_small(rgb), self._reference).objection
        except ValueError as error:
            objection = str(error)
        self._objections = self._objections + 1 if objection else 0
        if not objection:
            self._notice = ''
        elif self._objections >= _BELIEVED:
            self._notice = f'camera: {objection}'


def _small(rgb: Image) -> Image:
    """Return an image at most 320 pixels wide: this is enough, and takes only milliseconds."""
    height, width = rgb.shape[:2]
    if width <= _WIDTH:
        return rgb
    size = _WIDTH, round(height * _WIDTH / width)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def read_reference(file: Path) -> Image:
    """Return a reference image, (H, W, 3) uint8 RGB.

    Raises:
        ValueError: The file is not a readable image.
    """
    picture = cv2.imread(str(file))
    if picture is None:
        raise ValueError(
            f'{file} is not a readable image; take one with genvla check camera --save FILE'
        )
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
