# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The interface of the page to the robot."""

from __future__ import annotations

from typing import Protocol


class NotGranted(RuntimeError):
    """A request was rejected; the message gives the reason and a remedy."""


class Steering(Protocol):
    """The robot as controlled by the page. Every request except a stop requires the token."""

    def stop(self) -> str:
        """Hold the arm until it is resumed; return the response.

        Raises:
            NotGranted: The robot does not respond, or rejects the stop.
        """

    def ask(self, token: object, pulse: object, name: str, text: str = '') -> str:
        """Send a request; return the response.

        Args:
            token: Token from the browser.
            pulse: Pulse from the browser; see pulse.py.
            name: Name of the request.
            text: The instruction, or the outcome of an episode. An instruction that asks to stop
                is a stop, and needs neither token nor pulse.

        Raises:
            NotAllowed: The token is wrong.
            NotGranted: The request is late, or the robot does not respond or rejects it.
        """

    def hold_dead_man(self, token: object, pulse: object, *, held: bool) -> None:
        """Report once whether the switch is held; the browser repeats this while it is held.

        Args:
            token: Token from the browser.
            pulse: Pulse from the browser; see pulse.py.
            held: Whether the switch is held; False: it was released.

        Raises:
            NotAllowed: The token is wrong.
            NotGranted: The message is late; a late release counts.
        """
