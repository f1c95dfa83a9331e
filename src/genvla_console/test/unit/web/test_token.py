# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Only the token itself is accepted."""

import pytest

from genvla_console.web.token import NotAllowed, Token


def test_a_token_is_accepted_and_every_generated_token_is_different():
    token = Token()
    token.check(token.text)
    assert Token().text != token.text
    assert len(token.text) >= 20


@pytest.mark.parametrize('given', [None, '', 'secretsecre', 'secretsecret ', 7, ['secretsecret']])
def test_any_other_token_is_rejected(given):
    with pytest.raises(NotAllowed, match='wrong or missing'):
        Token('secretsecret').check(given)


def test_a_short_token_is_rejected():
    with pytest.raises(ValueError, match='has 3 characters, expected at least 8'):
        Token('abc')
