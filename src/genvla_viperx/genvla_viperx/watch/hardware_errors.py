# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the servos say of themselves: the register Hardware_Error_Status in words, and a latch."""

from __future__ import annotations

from collections.abc import Mapping

from genvla_viperx.safety.refusal import Rule

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
    """Which servos have switched themselves off, fallen silent or changed, until that is cleared.

    What a servo says later takes nothing back: it may have been rebooted meanwhile, and then has
    neither torque nor a profile.
    """

    def __init__(self) -> None:
        """Start without faults."""
        self._errors: dict[str, int] = {}
        self._changes: dict[str, str] = {}
        self._silence = ''
        self.is_being_cleared = False

    def report(self, errors: Mapping[str, int]) -> None:
        """Take the motors that report an error, with their Hardware_Error_Status."""
        for motor, status in errors.items():
            self._errors[motor] = self._errors.get(motor, 0) | status

    def report_changes(self, changes: Mapping[str, str]) -> None:
        """Take the motors that are not set up any more as they were, and what has changed.

        Of a motor that reports an error nothing else is said: it is without torque anyway.
        """
        for motor, sentence in changes.items():
            if motor not in self._errors:
                self._changes.setdefault(motor, sentence)

    def report_silence(self, sentence: str) -> None:
        """Take that a servo does not answer; the first sentence stays."""
        self._silence = self._silence or sentence

    def clear(self) -> None:
        """Forget everything: all servos have been looked at, and are as they have to be."""
        self._errors, self._changes, self._silence = {}, {}, ''

    @property
    def errors(self) -> str:
        """Motors and what is wrong with them as a sentence; empty without any."""
        said = [f'{motor}: {in_words(status)}' for motor, status in self._errors.items()]
        said += [f'{motor}: {sentence}' for motor, sentence in self._changes.items()]
        return '; '.join([*said, *([self._silence] if self._silence else [])])

    @property
    def rule(self) -> Rule:
        """What a fault is counted as."""
        is_change = bool(self._changes) and not self._errors and not self._silence
        return Rule.SERVO_CHANGED if is_change else Rule.HARDWARE_ERROR

    @property
    def objection(self) -> str:
        """Why the arm must not be moved, and what to do; or nothing."""
        if self.is_being_cleared:
            return 'a fault is being cleared; wait for the answer of clear_fault'
        if self._errors:
            return f'a servo has switched itself off ({self.errors}); support the arm, clear_fault'
        if self._changes:
            return (
                f'somebody else has changed a servo ({self.errors}); support the arm, clear_fault'
            )
        if self._silence:
            return f'a servo does not answer ({self._silence}); support the arm, clear_fault'
        return ''
