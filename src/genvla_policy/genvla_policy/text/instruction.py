# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The normal form of an instruction, which training and the robot share."""

from __future__ import annotations

import unicodedata

_FINAL_PUNCTUATION = '.!?,;:\u2026\u3002\uff01\uff1f\uff0c\uff1b\uff1a\u3001\uff0e'
"""Latin and full-width marks that are removed from the end of a sentence."""


def normalize_instruction(instruction: str) -> str:
    """Return an instruction in lower case, with single spaces and without final punctuation.

    Characters that print nothing (Unicode category C, such as a zero-width space) are dropped.
    Characters that separate words (a tab, a newline) become spaces. Punctuation within the
    sentence stays. A second call changes nothing.

    Returns:
        The normalised instruction; empty if nothing is left.
    """
    spaced = ''.join(' ' if char.isspace() else char for char in instruction.lower())
    printed = ''.join(char for char in spaced if not unicodedata.category(char).startswith('C'))
    return ' '.join(printed.split()).rstrip(_FINAL_PUNCTUATION + ' ')
