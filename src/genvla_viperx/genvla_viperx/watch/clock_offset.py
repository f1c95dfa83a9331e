# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How far the clock of another computer is off, as its stamps tell."""

from __future__ import annotations

from collections import deque

_NUM_STAMPS = 40
"""Two seconds of heartbeats."""


class ClockOffset:
    """Estimates an offset from stamps that are younger or older than they can be.

    A message takes some milliseconds at best, so the smallest age in a while is the offset, from
    above: -0.5 s says that the sender's clock is at least half a second ahead of ours.
    """

    def __init__(self) -> None:
        """Starts without stamps."""
        self._ages_s: deque[float] = deque(maxlen=_NUM_STAMPS)

    def take(self, stamp_s: float, now_s: float) -> None:
        """Takes the stamp of a message that has just arrived [s]; 0 is none."""
        if stamp_s > 0:
            self._ages_s.append(now_s - stamp_s)

    @property
    def smallest_age_s(self) -> float | None:
        """How old the youngest stamp was on arrival [s]; None: there was none."""
        return min(self._ages_s) if self._ages_s else None
