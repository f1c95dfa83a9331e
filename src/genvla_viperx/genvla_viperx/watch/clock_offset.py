# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""When a message was sent, by this computer's clock, though it was stamped by another."""

from __future__ import annotations

from collections import deque

_WAITED_S = 1.0
"""A busy computer, or a simulator's clock that is heard late, delays messages by less."""


class ClockOffset:
    """Takes the youngest message of a while for one that came at once.

    A message that waits, in a network or in the queue of a process that was suspended, is as old
    as it is older than that one. If the sender's clock is set back, its messages count as old
    until the while has passed; if it is set forward, for no time at all.
    """

    def __init__(self, num_messages: int) -> None:
        """Start without any message.

        Args:
            num_messages: How many of the last ones are the while.
        """
        self._ages_s: deque[float] = deque(maxlen=num_messages)

    def sent_s(self, stamp_s: float, now_s: float) -> float:
        """Take a message that has just arrived, and return when it was sent [s].

        Args:
            stamp_s: Its stamp [s]; 0: it has none, and counts as sent now.
            now_s: The time [s]; 0: a simulator's clock has not been heard yet.
        """
        if stamp_s == 0 or now_s == 0:
            return now_s
        age_s = now_s - stamp_s
        self._ages_s.append(age_s)
        waited_s = age_s - min(self._ages_s)
        return now_s - waited_s if waited_s >= _WAITED_S else now_s

    @property
    def youngest_s(self) -> float | None:
        """Smallest age of a message on arrival in the while [s]; None without stamps.

        A message takes some milliseconds at best, so this is how far the sender's clock is off,
        from above: at -0.5 s it is at least half a second ahead of ours.
        """
        return min(self._ages_s, default=None)

    def forget(self) -> None:
        """Start anew: this computer's clock was set."""
        self._ages_s.clear()
