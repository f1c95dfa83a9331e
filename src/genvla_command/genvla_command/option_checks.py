# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Options that are refused before anything starts."""

from __future__ import annotations


def check_at_least(least: float, **options: float) -> None:
    """Refuse options that are less than a number, or no number.

    Raises:
        ValueError: One is; names it.
    """
    for name, value in options.items():
        if not value >= least:
            raise ValueError(f'{name} is {value}, expected {least} or more')


def check_shares(**options: float) -> None:
    """Refuse options that are not in [0, 1].

    Raises:
        ValueError: One is not; names it.
    """
    for name, value in options.items():
        if not 0.0 <= value <= 1.0:
            raise ValueError(f'{name} is {value}, expected a share from 0 to 1')
