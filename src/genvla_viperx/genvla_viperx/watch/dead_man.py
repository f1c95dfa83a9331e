# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A switch that somebody has to hold for the arm to move."""

from __future__ import annotations

from genvla_viperx.safety import rules


class DeadMan:
    """Remembers when the switch was last said to be held."""

    def __init__(self, timeout_s: float) -> None:
        """Start with the switch released.

        Args:
            timeout_s: Silence after which it counts as released [s]; 0: there is no switch.
        """
        self._timeout_s = timeout_s
        self._held_s: float | None = None

    def take(self, held: bool, now_s: float) -> None:
        """Take one message of the switch."""
        self._held_s = now_s if held else None

    def forget(self) -> None:
        """Count as released until it is held again: the clock was set."""
        self._held_s = None

    def is_released(self, now_s: float) -> bool:
        """Return whether the arm must not move."""
        return self._timeout_s > 0 and rules.is_stale(self._held_s, now_s, self._timeout_s)
