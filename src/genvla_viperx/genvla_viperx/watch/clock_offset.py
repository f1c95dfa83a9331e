# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Estimate when a message was sent, by this computer's clock, from another computer's stamp."""

from __future__ import annotations

from collections import deque

_WAITED_S = 1.0
"""A busy computer, or a simulator's clock that is received late, delays messages by less."""


class ClockOffset:
    """Estimates delays relative to the youngest recent message, which counts as undelayed.

    A message that waited, in a network or in the queue of a suspended process, is delayed by its
    extra age over the youngest one. If the sender's clock is set back, its messages count as old
    until the youngest message has left the window. If it is set forward, there is no effect.
    """

    def __init__(self, num_messages: int) -> None:
        """Start without messages.

        Args:
            num_messages: Number of recent messages in the window.
        """
        self._ages_s: deque[float] = deque(maxlen=num_messages)

    def sent_s(self, stamp_s: float, now_s: float) -> float:
        """Record a message that has just arrived, and return when it was sent [s].

        Args:
            stamp_s: Its stamp [s]; 0: it has none, and counts as sent now.
            now_s: The time [s]; 0: no time of a simulator's clock has arrived yet.
        """
        if stamp_s == 0 or now_s == 0:
            return now_s
        age_s = now_s - stamp_s
        self._ages_s.append(age_s)
        waited_s = age_s - min(self._ages_s)
        return now_s - waited_s if waited_s >= _WAITED_S else now_s

    @property
    def youngest_s(self) -> float | None:
        """Smallest age of a message on arrival in the window [s]; None without stamps.

        A message takes at least some milliseconds, so this is an upper bound of the offset of the
        sender's clock: at -0.5 s, that clock is at least half a second ahead of ours.
        """
        return min(self._ages_s, default=None)

    def forget(self) -> None:
        """Start again, because this computer's clock was set."""
        self._ages_s.clear()
