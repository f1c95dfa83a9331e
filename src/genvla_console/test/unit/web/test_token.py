# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Nothing but the token is the token."""

import pytest

from genvla_console.web.token import NotAllowed, Token


def test_the_token_is_let_in_and_every_one_is_another():
    token = Token()
    token.check(token.text)
    assert Token().text != token.text
    assert len(token.text) >= 20


@pytest.mark.parametrize('given', [None, '', 'secretsecre', 'secretsecret ', 7, ['secretsecret']])
def test_anything_else_is_refused(given):
    with pytest.raises(NotAllowed, match='wrong or missing'):
        Token('secretsecret').check(given)


def test_a_token_that_can_be_guessed_is_refused():
    with pytest.raises(ValueError, match='has 3 characters, expected at least 8'):
        Token('abc')
