# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Decide when the demo goes on after a stop: nobody may sit beside it who would."""

from __future__ import annotations

_SHOWN_S = 2.0
"""How long a stop stays, so that it can be seen."""
_BY_A_PERSON = 'stop was requested'


class Retry:
    """Decides when an arm that a safety rule stopped may be sent home, to try again.

    A stop that a person requested stays.
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
        if not status.startswith('stopped') or _BY_A_PERSON in status:
            self._stopped_s = None
            return False
        if self._stopped_s is None:
            self._stopped_s = now_s
        if now_s - self._stopped_s < _SHOWN_S:
            return False
        self._stopped_s = float('inf')
        return True
