# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Which images of a camera are answered, so that the rate of inference is met on average."""

from __future__ import annotations

import math

_EARLY_SHARE = 0.1
"""Of the period: an image that comes earlier than due by less is the one that was meant. A camera
at twice the rate would else be answered after one and a half periods whenever it jitters."""


class Pacer:
    """Picks images on a grid of their stamps.

    A grid, not a least distance: with a camera at 30 Hz and inference at 5 Hz, a frame that comes
    a millisecond early would otherwise cost a whole frame, and the rate would sink to 4.3 Hz.
    """

    def __init__(self, period_s: float) -> None:
        """Start a grid at the first image.

        Args:
            period_s: Time between two answered images [s]; 0: every image.
        """
        self._period_s = period_s
        self._last_s = -math.inf
        self._due_s = -math.inf

    def see(self, stamp_s: float) -> None:
        """Note that an image was captured at `stamp_s` [s], answered or not."""

    def restart(self) -> None:
        """Take the next image whenever it comes; still not the same one twice."""
        self._due_s = -math.inf

    def take(self, stamp_s: float) -> bool:
        """Whether the image captured at `stamp_s` [s] is to be answered; never twice the same."""
        if stamp_s == self._last_s:
            return False
        went_back = stamp_s < self._last_s  # a simulation that was reset
        if not went_back and stamp_s < self._due_s - _EARLY_SHARE * self._period_s:
            return False
        self._last_s = stamp_s
        on_grid_s = self._due_s + self._period_s
        late = went_back or on_grid_s <= stamp_s
        self._due_s = stamp_s + self._period_s if late else on_grid_s
        return True
