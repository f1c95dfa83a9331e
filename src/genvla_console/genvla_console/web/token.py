# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The token that gives control of the robot."""

from __future__ import annotations

import hmac
import secrets

_NUM_BYTES = 16


class NotAllowed(PermissionError):
    """A request without the token, or with a wrong one."""


class Token:
    """A secret that every request requires, except a stop."""

    def __init__(self, text: str = '') -> None:
        """Store a token; empty: generate one.

        Raises:
            ValueError: The token has fewer than eight characters.
        """
        if text and len(text) < 8:
            raise ValueError(
                f'the token has {len(text)} characters, expected at least 8; leave it unset to '
                'generate one'
            )
        self.text = text or secrets.token_urlsafe(_NUM_BYTES)

    def check(self, given: object) -> None:
        """Compare in a time that does not depend on the given token.

        Raises:
            NotAllowed: The token is wrong.
        """
        is_right = isinstance(given, str) and hmac.compare_digest(
            given.encode(), self.text.encode()
        )
        if not is_right:
            raise NotAllowed(
                'the token is wrong or missing: open the printed address that contains it'
            )
