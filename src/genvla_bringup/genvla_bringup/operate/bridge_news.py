# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read the bridge's status from diagnostics, and pick the changes worth reporting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_PREFIX = 'interventions.'
_HALTED = ('stopped', 'faulted')


def is_halted(status: str) -> bool:
    """Return whether the bridge executes nothing until an operator acts.

    Args:
        status: The bridge's status in diagnostics, such as `stopped: motor current too high`.
    """
    return status.partition(':')[0] in _HALTED


def interventions(figures: Mapping[str, str]) -> dict[str, int]:
    """Return how often each safety rule intervened, by rule, including zeros."""
    return {
        key.removeprefix(_PREFIX): int(value)
        for key, value in figures.items()
        if key.startswith(_PREFIX)
    }


def sum_up(counts: Mapping[str, int]) -> str:
    """Return the rules that intervened, the most frequent first, such as `unreachable 38`."""
    busy = sorted(counts, key=lambda rule: -counts[rule])
    return ', '.join(f'{rule} {counts[rule]}' for rule in busy if counts[rule])


class BridgeNews:
    """Picks the statuses worth reporting; that the arm holds between two chunks is not one.

    Attributes:
        last: The newest status; empty: none was received.
    """

    def __init__(self) -> None:
        """Start without a status."""
        self.last = ''

    def sentences(self, statuses: Iterable[str]) -> list[str]:
        """Return what to report about the statuses received since the last call, oldest first."""
        told = []
        for status in statuses:
            if status != self.last and is_halted(status):
                told.append(f'the bridge is {status}')
            elif is_halted(self.last) and not is_halted(status):
                told.append(f'the bridge is {status} again')
            self.last = status
        return told
