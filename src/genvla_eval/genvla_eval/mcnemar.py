# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""McNemar's exact test: whether two success rates on the same scenes differ."""

from __future__ import annotations

from math import comb


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of what the pairs that differ say, in (0, 1].

    Args:
        only_first: Pairs in which only the first succeeded.
        only_second: Pairs in which only the second did.

    Raises:
        ValueError: A count is negative.

    Source: Q. McNemar, Note on the sampling error of the difference between correlated
    proportions, Psychometrika 12 (1947); the exact form is a sign test on the pairs that differ.
    """
    if only_first < 0 or only_second < 0:
        raise ValueError(f'counts of pairs are {only_first} and {only_second}, expected 0 or more')
    differ, fewer = only_first + only_second, min(only_first, only_second)
    return min(1.0, 2.0 * sum(comb(differ, k) for k in range(fewer + 1)) / 2.0**differ)
