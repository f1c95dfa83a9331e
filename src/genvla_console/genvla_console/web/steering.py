# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page asks of the robot."""

from __future__ import annotations

from typing import Protocol


class NotGranted(RuntimeError):
    """A request that was not granted; says why and what to do."""


class Steering(Protocol):
    """The robot, as far as the page steers it. Every request brings the token, but a stop."""

    def stop(self) -> str:
        """Hold the arm where it is, until it is resumed; return the answer.

        Raises:
            NotGranted: Nobody answers.
        """

    def ask(self, token: object, name: str, text: str = '') -> str:
        """Make a request; return the answer.

        Args:
            token: What the browser sent along.
            name: Of the request.
            text: The instruction, or how an episode went. An instruction that asks to stop is a
                stop, and needs no token.

        Raises:
            NotAllowed: The token is wrong.
            NotGranted: The robot does not answer, or refuses.
        """

    def hold_dead_man(self, token: object, *, held: bool) -> None:
        """Say once whether somebody holds the switch; the browser repeats that it is held.

        Args:
            token: What the browser sent along.
            held: False: it was let go of.

        Raises:
            NotAllowed: The token is wrong.
        """
