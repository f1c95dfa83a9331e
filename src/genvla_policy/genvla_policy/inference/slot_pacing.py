# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The choice of camera images to answer while a robot executes chunks in slots."""

from __future__ import annotations

from collections.abc import Callable
import math

from genvla_policy.images.pacing import Pacer
from genvla_policy.inference.commitment import Commitment


class SlotPacer(Pacer):
    """Picks the image nearest to the start of each slot, or any image if there are no slots.

    A chunk then continues where a step ends, as in the demonstrations that a policy was trained
    on: there, an image belongs to the start of a step.
    """

    def __init__(
        self,
        period_s: float,
        *,
        step_period_s: float,
        commitment: Commitment,
        now_s: Callable[[], float],
    ) -> None:
        """Start a grid at the first image.

        Args:
            period_s: Time between two answered images [s]; 0: every image, or every slot.
            step_period_s: Time between two slots [s].
            commitment: Tracks the slots.
            now_s: Clock that stamps images and slots [s].
        """
        super().__init__(period_s)
        self._shortest_s = period_s - step_period_s / 2
        self._commitment, self._now_s = commitment, now_s
        self._seen_s = -math.inf
        self._early_s = 0.0
        self._last_slot = 0
        self._restarted = True

    def see(self, stamp_s: float) -> None:
        """Note that an image was captured at `stamp_s` [s], answered or not."""
        self._early_s, self._seen_s = max(0.0, stamp_s - self._seen_s) / 2, stamp_s

    def restart(self) -> None:
        """Take the next image whenever it comes, but not the same image twice."""
        super().restart()
        self._restarted = True

    def take(self, stamp_s: float) -> bool:
        """Return whether to answer the image captured at `stamp_s` [s]; none is taken twice."""
        slot = self._commitment.slot_of(stamp_s, self._early_s, self._now_s())
        if self._restarted or slot == 0:
            is_taken = super().take(stamp_s)
        else:
            is_due = stamp_s >= self._last_s + max(self._shortest_s, 0.0)
            is_taken = slot not in (None, self._last_slot) and is_due and stamp_s != self._last_s
            if is_taken:
                self._last_s = stamp_s
        if is_taken:
            self._last_slot, self._restarted = slot or 0, False
        return is_taken
