# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the servos say of themselves: the register Hardware_Error_Status in words, and a latch."""

from __future__ import annotations

from collections.abc import Mapping

_BITS = {
    0: 'input voltage',
    2: 'overheating',
    3: 'motor encoder',
    4: 'electrical shock or too little power',
    5: 'overload',
}
"""ROBOTIS e-Manual, XM540-W270 and XM430-W350, address 70."""


def in_words(status: int) -> str:
    """Returns the meaning of a Hardware_Error_Status that is not 0."""
    known = [word for bit, word in _BITS.items() if status >> bit & 1]
    unknown = status & ~sum(1 << bit for bit in _BITS)
    return ', '.join([*known, *([f'unknown error {unknown:#04x}'] if unknown else [])])


class FaultLatch:
    """Which servos have switched themselves off, and whether somebody is clearing that."""

    def __init__(self) -> None:
        """Starts without errors."""
        self._errors: dict[str, int] = {}
        self.is_being_cleared = False

    def report(self, errors: Mapping[str, int]) -> None:
        """Takes the motors that report an error, with their Hardware_Error_Status."""
        self._errors = dict(errors)

    @property
    def errors(self) -> str:
        """Motors and errors as a sentence; empty without any."""
        return '; '.join(f'{motor}: {in_words(status)}' for motor, status in self._errors.items())

    @property
    def objection(self) -> str:
        """Why the arm must not be moved, and what to do; or nothing."""
        if self.is_being_cleared:
            return 'a fault is being cleared; wait for the answer of clear_fault'
        if self._errors:
            return f'a servo has switched itself off ({self.errors}); support the arm, clear_fault'
        return ''
