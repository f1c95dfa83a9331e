# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may steer the robot: whoever has the token."""

from __future__ import annotations

import hmac
import secrets

_NUM_BYTES = 16


class NotAllowed(PermissionError):
    """A request without the token, or with another one."""


class Token:
    """A secret that every request to steer has to bring along."""

    def __init__(self, text: str = '') -> None:
        """Take a token; empty: make one up.

        Raises:
            ValueError: It is shorter than eight characters.
        """
        if text and len(text) < 8:
            raise ValueError(
                f'the token has {len(text)} characters, expected at least 8; leave it out to have '
                'one made up'
            )
        self.text = text or secrets.token_urlsafe(_NUM_BYTES)

    def check(self, given: object) -> None:
        """Compare in a time that does not depend on what was given.

        Raises:
            NotAllowed: It is not the token.
        """
        is_right = isinstance(given, str) and hmac.compare_digest(
            given.encode(), self.text.encode()
        )
        if not is_right:
            raise NotAllowed('the token is wrong or missing: open the address that was printed')
