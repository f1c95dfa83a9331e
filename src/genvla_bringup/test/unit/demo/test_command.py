# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The last messages of the demo."""

import pytest

from genvla_bringup.demo.command import in_words


@pytest.mark.parametrize(
    ('things', 'words'),
    [
        ([], 'nothing'),
        (['carrot'], 'the carrot'),
        (['carrot', 'knife', 'carrot'], 'the carrot (2 times), the knife'),
        (['carrot'] * 3, 'the carrot (3 times)'),
    ],
)
def test_lifted_objects_are_listed_with_their_counts(things, words):
    assert in_words(things) == words
