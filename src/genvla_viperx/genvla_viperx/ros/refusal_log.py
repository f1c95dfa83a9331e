# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Refusals in the log: each rule by itself, and none a hundred times a second."""

from __future__ import annotations

import time
from typing import Any

from genvla_viperx.safety.refusal import Refusal, Rule

_PERIOD_S = 5.0


class RefusalLog:
    """Warns of refusals, of each rule at most once in a few seconds."""

    def __init__(self, logger: Any) -> None:
        """Starts without memory.

        Args:
            logger: A node's logger.
        """
        self._logger = logger
        self._last_s: dict[Rule, float] = {}

    def warn(self, refusal: Refusal | None) -> None:
        """Logs a refusal, if there is one and its rule has been quiet for a while."""
        if refusal is None:
            return
        now_s = time.monotonic()
        if now_s - self._last_s.get(refusal.rule, -_PERIOD_S) >= _PERIOD_S:
            self._last_s[refusal.rule] = now_s
            self._logger.warning(f'{refusal.rule}: {refusal.message}')
