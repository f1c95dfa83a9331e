# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the demo says at its end."""

import pytest

from genvla_bringup.demo.command import in_words


@pytest.mark.parametrize(
    ('things', 'words'),
    [
        ([], 'nothing'),
        (['carrot'], 'the carrot'),
        (['carrot', 'knife', 'carrot'], 'the carrot twice, the knife'),
        (['carrot'] * 3, 'the carrot 3 times'),
    ],
)
def test_what_was_lifted_is_said_with_how_often(things, words):
    assert in_words(things) == words
