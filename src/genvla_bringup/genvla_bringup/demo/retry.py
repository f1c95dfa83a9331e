# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Decide when the demo continues after a stop, because nobody may be there to resume it."""

from __future__ import annotations

from genvla_viperx.arm.states import ASLEEP, REQUESTED

_SHOWN_S = 2.0
"""How long a stop stays, so that it can be seen."""
_BY_A_PERSON = (REQUESTED, ASLEEP, 'cleared')
"""Reasons of stops that follow a request for stop, sleep or clear_fault."""


class Retry:
    """Decides when an arm that a safety rule stopped may be sent home, to try again.

    A stop that follows a person's request stays.
    """

    def __init__(self) -> None:
        """Start with an arm that is not stopped."""
        self._stopped_s: float | None = None

    def is_due(self, status: str, now_s: float) -> bool:
        """Return True once per stop, when it has been shown long enough.

        Args:
            status: The bridge's newest status, such as `stopped: motor current too high`.
            now_s: The time [s].
        """
        if not status.startswith('stopped') or any(why in status for why in _BY_A_PERSON):
            self._stopped_s = None
            return False
        if self._stopped_s is None:
            self._stopped_s = now_s
        if now_s - self._stopped_s < _SHOWN_S:
            return False
        self._stopped_s = float('inf')
        return True
