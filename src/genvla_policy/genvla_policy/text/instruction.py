# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An instruction in the one form that training and the robot share."""

from __future__ import annotations

import unicodedata

_FINAL_PUNCTUATION = '.!?,;:\u2026\u3002\uff01\uff1f\uff0c\uff1b\uff1a\u3001\uff0e'
"""Latin and full-width marks that end a sentence or are left hanging at its end."""


def normalize_instruction(instruction: str) -> str:
    """Return an instruction in lower case, with single spaces and without its final punctuation.

    Characters that print nothing (Unicode category C, such as a zero-width space) are dropped;
    those that separate words (a tab, a newline) become spaces. Punctuation within the sentence
    stays. The result is normalised already: a second call changes nothing.

    Returns:
        Empty if nothing is left.
    """
    spaced = ''.join(' ' if char.isspace() else char for char in instruction.lower())
    printed = ''.join(char for char in spaced if not unicodedata.category(char).startswith('C'))
    return ' '.join(printed.split()).rstrip(_FINAL_PUNCTUATION + ' ')
