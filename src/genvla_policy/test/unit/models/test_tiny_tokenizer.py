# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The tokenizer of the tiny models."""

import pytest

from genvla_policy.models.dimensions import TINY_VOCABULARY_SIZE
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer


def test_the_tiny_tokenizer_is_the_same_at_every_build():
    assert build_tiny_tokenizer().vocabulary == build_tiny_tokenizer().vocabulary


def test_the_tiny_tokenizer_fits_its_size():
    assert build_tiny_tokenizer().vocabulary_size == TINY_VOCABULARY_SIZE


@pytest.mark.parametrize('text', ['pick up the carrot', '  two  spaces\n', '\u00e9\u732b', '1234'])
def test_the_tiny_tokenizer_round_trips_any_text(text):
    tokenizer = build_tiny_tokenizer()
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_the_tiny_tokenizer_keeps_common_words_whole():
    tokenizer = build_tiny_tokenizer()
    assert len(tokenizer.encode('What action should the robot take to pick up the carrot?\n')) < 20
