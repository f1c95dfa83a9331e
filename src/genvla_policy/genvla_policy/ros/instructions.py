# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The instruction in force: what is accepted, how it changes, and who is notified."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import threading

from genvla_node.node_names import BRIDGE
from genvla_policy.ros.observation_buffer import ObservationBuffer
from genvla_policy.text.stop_request import asks_to_stop


class InstructionRefused(ValueError):
    """The instruction is rejected; the message gives the reason and what would be accepted."""


class StopAsked(InstructionRefused):
    """The instruction asks the arm to stop, which the bridge does, not the policy."""


@dataclass(frozen=True)
class Change:
    """A change of the instruction.

    Attributes:
        previous: Instruction that was in force before; empty if there was none.
        revision: Number of the new one among all that have been in force.
    """

    previous: str
    revision: int


class Instructions:
    """The only place where the instruction of a running policy changes; thread safe."""

    def __init__(
        self,
        buffer: ObservationBuffer,
        *,
        max_length: int,
        check_fits: Callable[[str], None],
        announce: Callable[[str], None],
    ) -> None:
        """Start without an instruction.

        Args:
            buffer: Holds the instruction in force.
            max_length: Maximum number of characters in an instruction.
            check_fits: Raises ValueError if the model has no room for an instruction.
            announce: Called with every new instruction, in the order of the changes.
        """
        self._buffer = buffer
        self._max_length = max_length
        self._check_fits = check_fits
        self._announce = announce
        self._lock = threading.Lock()
        announce('')

    @property
    def revision(self) -> int:
        """Number of the instruction in force, among all that have been in force."""
        return self._buffer.revision

    def check(self, text: str) -> str:
        """Return the instruction as it would be followed: without surrounding white space.

        Raises:
            StopAsked: It only asks the arm to stop.
            InstructionRefused: It is empty, too long, or more than the model has room for.
        """
        instruction = text.strip()
        if not instruction:
            raise InstructionRefused(
                'the instruction is empty; describe in plain words what the robot should do'
            )
        if asks_to_stop(instruction):
            raise StopAsked(
                f'a policy does not understand {instruction!r}; call {BRIDGE}/stop to '
                'stop the arm at once (genvla operate stop)'
            )
        if len(instruction) > self._max_length:
            raise InstructionRefused(
                f'the instruction has {len(instruction)} characters, but at most '
                f'{self._max_length} are accepted (parameter max_instruction_length); shorten it'
            )
        try:
            self._check_fits(instruction)
        except ValueError as error:
            raise InstructionRefused(str(error)) from error
        return instruction

    def follow(self, text: str) -> Change:
        """Put an instruction in force; drop an answer in progress to the old one.

        Raises:
            InstructionRefused: As in check(); nothing has changed.
        """
        instruction = self.check(text)
        with self._lock:
            previous = self._buffer.instruction
            revision = self._buffer.set_instruction(instruction)
            self._announce(instruction)
            return Change(previous, revision)

    def withdraw(self) -> str:
        """Leave the policy without an instruction; return the one that was in force."""
        with self._lock:
            previous = self._buffer.instruction
            if previous:
                self._buffer.set_instruction('')
                self._announce('')
            return previous

    def release(self, revision: int) -> None:
        """Withdraw the instruction of `revision`, unless another one has replaced it."""
        with self._lock:
            if self._buffer.revision == revision:
                self._buffer.set_instruction('')
                self._announce('')
