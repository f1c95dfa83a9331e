# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The choice of camera images to answer, so that the rate of inference is met on average."""

from __future__ import annotations

import math

_EARLY_SHARE = 0.1
"""Share of the period by which an image may come before it is due. Without this tolerance, a
camera at twice the rate would be answered after one and a half periods whenever it jitters."""


class Pacer:
    """Picks images on a grid of their stamps.

    A grid, not a minimum interval: with a camera at 30 Hz and inference at 5 Hz, an image that
    comes a millisecond early would otherwise cost a whole frame, and the rate would drop to
    4.3 Hz.
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
        """Take the next image whenever it comes, but not the same image twice."""
        self._due_s = -math.inf

    def take(self, stamp_s: float) -> bool:
        """Return whether to answer the image captured at `stamp_s` [s]; none is taken twice."""
        if stamp_s == self._last_s:
            return False
        went_back = stamp_s < self._last_s  # the simulation was reset
        if not went_back and stamp_s < self._due_s - _EARLY_SHARE * self._period_s:
            return False
        self._last_s = stamp_s
        on_grid_s = self._due_s + self._period_s
        late = went_back or on_grid_s <= stamp_s
        self._due_s = stamp_s + self._period_s if late else on_grid_s
        return True
