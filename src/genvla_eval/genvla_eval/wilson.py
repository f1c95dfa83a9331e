# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The Wilson score interval: how sure one can be of a success rate."""

from __future__ import annotations

import math


def wilson_interval(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """Bounds of a success rate, in [0, 1]; z = 1.96 standard deviations is 95 % confidence.

    Raises:
        ValueError: unless 0 <= successes <= trials and trials > 0.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    JASA 22 (1927). Unlike the normal approximation it holds near 0 and 1 and for few trials.
    """
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f'{successes} successes of {trials} trials make no rate')
    rate = successes / trials
    centre = (rate + z**2 / (2 * trials)) / (1 + z**2 / trials)
    spread = math.sqrt(rate * (1 - rate) / trials + z**2 / (4 * trials**2))
    margin = z * spread / (1 + z**2 / trials)
    # The exact bounds at 0 and at all; rounding would leave them a hair inside.
    low = 0.0 if successes == 0 else centre - margin
    high = 1.0 if successes == trials else centre + margin
    return low, high
