# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The normal form of an instruction."""

import random
import unicodedata

import pytest

from genvla_policy.text.instruction import normalize_instruction

ALPHABET = [*'aB\u00c9 \t\n.!?,;:(\u2019)\u3002\uff01\u200b\x00\u00a0\u0130\u1e9e']


@pytest.mark.parametrize(
    'written',
    [
        'pick up the carrot.',
        'Pick up  the carrot !',
        ' PICK UP\tTHE\nCARROT?! ',
        'pick up the carrot...',
        'pick up the carrot\u2026',
        'pick up the\u00a0carrot\u3002',
        'pick\u200b up the car\u00adrot\x07',
    ],
)
def test_spellings_of_an_instruction_are_normalised_to_one(written):
    assert normalize_instruction(written) == 'pick up the carrot'


def test_punctuation_within_the_sentence_stays():
    assert normalize_instruction("Put the (red) cube 1.5 cm left, not 'in'.") == (
        "put the (red) cube 1.5 cm left, not 'in'"
    )


@pytest.mark.parametrize('blank', ['', ' \n', '...', '?!', '\u200b', ' . \u200b! '])
def test_only_punctuation_is_blank(blank):
    assert normalize_instruction(blank) == ''


@pytest.mark.parametrize('seed', range(200))
def test_normalising_any_text_is_clean_and_idempotent(seed):
    rng = random.Random(seed)
    once = normalize_instruction(''.join(rng.choices(ALPHABET, k=rng.randrange(20))))
    assert normalize_instruction(once) == once == once.lower().strip()
    assert '  ' not in once
    assert not any(unicodedata.category(char).startswith('C') for char in once)
    assert not once.endswith(('.', '!', '?', ',', ';', ':'))
