# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The servos' Hardware_Error_Status in words, and a latch for their faults."""

from __future__ import annotations

from collections.abc import Mapping

from genvla_viperx.safety.refusal import Rule

_BITS = {
    0: 'input voltage',
    2: 'overheating',
    3: 'motor encoder',
    4: 'electrical shock or insufficient power',
    5: 'overload',
}
"""ROBOTIS e-Manual, XM540-W270 and XM430-W350, address 70."""


def in_words(status: int) -> str:
    """Return the meaning of a Hardware_Error_Status that is not 0."""
    known = [word for bit, word in _BITS.items() if status >> bit & 1]
    unknown = status & ~sum(1 << bit for bit in _BITS)
    return ', '.join([*known, *([f'unknown error {unknown:#04x}'] if unknown else [])])


class FaultLatch:
    """Latches which servos have switched themselves off, stopped answering or changed.

    Later reports of a servo do not clear its fault: it may have been rebooted meanwhile, and then
    has neither torque nor a profile.
    """

    def __init__(self) -> None:
        """Start without faults."""
        self._errors: dict[str, int] = {}
        self._changes: dict[str, str] = {}
        self._silence = ''
        self.is_being_cleared = False

    def report(self, errors: Mapping[str, int]) -> None:
        """Record the motors that report an error, with their Hardware_Error_Status."""
        for motor, status in errors.items():
            self._errors[motor] = self._errors.get(motor, 0) | status

    def report_changes(self, changes: Mapping[str, str]) -> None:
        """Record the motors whose settings have changed, and how.

        A motor that reports an error is skipped, because it has no torque anyway.
        """
        for motor, sentence in changes.items():
            if motor not in self._errors:
                self._changes.setdefault(motor, sentence)

    def report_silence(self, sentence: str) -> None:
        """Record that a servo is not answering; keep the first reason."""
        self._silence = self._silence or sentence

    def clear(self) -> None:
        """Clear all faults, after all servos were checked and are configured correctly."""
        self._errors, self._changes, self._silence = {}, {}, ''

    @property
    def errors(self) -> str:
        """The motors and their faults as one sentence; empty without faults."""
        said = [f'{motor}: {in_words(status)}' for motor, status in self._errors.items()]
        said += [f'{motor}: {sentence}' for motor, sentence in self._changes.items()]
        return '; '.join([*said, *([self._silence] if self._silence else [])])

    @property
    def rule(self) -> Rule:
        """The rule that counts the fault."""
        is_change = bool(self._changes) and not self._errors and not self._silence
        return Rule.SERVO_CHANGED if is_change else Rule.HARDWARE_ERROR

    @property
    def objection(self) -> str:
        """Why the arm must not be moved, and what to do; empty without faults."""
        if self.is_being_cleared:
            return 'a fault is being cleared; wait until clear_fault answers'
        if self._errors:
            return (
                f'a servo has switched itself off ({self.errors}); support the arm, then call '
                'clear_fault'
            )
        if self._changes:
            return (
                f'another program has changed a servo ({self.errors}); support the arm, then call '
                'clear_fault'
            )
        if self._silence:
            return (
                f'a servo does not answer ({self._silence}); support the arm, then call '
                'clear_fault'
            )
        return ''
