# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the bridge says of itself in diagnostics, and what of that is worth telling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_PREFIX = 'interventions.'
_HALTED = ('stopped', 'faulted')


def is_halted(status: str) -> bool:
    """Whether the bridge executes nothing until somebody does something.

    Args:
        status: what it says of itself in diagnostics, such as `stopped: motor current too high`.
    """
    return status.partition(':')[0] in _HALTED


def interventions(figures: Mapping[str, str]) -> dict[str, int]:
    """Returns how often each safety rule intervened, by rule, zeros included."""
    return {
        key.removeprefix(_PREFIX): int(value)
        for key, value in figures.items()
        if key.startswith(_PREFIX)
    }


def sum_up(counts: Mapping[str, int]) -> str:
    """Returns the rules that intervened, the busiest first, such as `unreachable 38`."""
    busy = sorted(counts, key=lambda rule: -counts[rule])
    return ', '.join(f'{rule} {counts[rule]}' for rule in busy if counts[rule])


class BridgeNews:
    """Picks what is worth telling: that an arm holds between two chunks is not."""

    def __init__(self) -> None:
        """Start without having heard anything."""
        self._last = ''

    def sentences(self, statuses: Iterable[str]) -> list[str]:
        """Returns what to tell of the statuses that came in since the last call, oldest first."""
        told = []
        for status in statuses:
            if status != self._last and is_halted(status):
                told.append(f'the bridge is {status}')
            elif is_halted(self._last) and not is_halted(status):
                told.append(f'the bridge is {status} again')
            self._last = status
        return told
