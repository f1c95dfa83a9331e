# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Words of an instruction that no instruction of the training data contains."""

from __future__ import annotations

from collections.abc import Sequence
import re

from genvla_policy.text.instruction import normalize_instruction

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def unknown_words(instruction: str, trained_on: Sequence[str]) -> list[str]:
    """Return the words that occur in none of the instructions that a policy was trained on.

    Args:
        instruction: As the operator wrote it.
        trained_on: Instructions of the training data. Empty: unknown, so nothing is returned.
    """
    if not trained_on:
        return []
    known = {word for each in trained_on for word in _words(each)}
    return [word for word in dict.fromkeys(_words(instruction)) if word not in known]


def unfamiliar(instruction: str, trained_on: Sequence[str]) -> str:
    """Return a warning that names the unknown words of an instruction; empty if there are none.

    Args:
        instruction: As for unknown_words().
        trained_on: As for unknown_words().
    """
    words = unknown_words(instruction, trained_on)
    if not words:
        return ''
    named = ', '.join(f"'{word}'" for word in words)
    return (
        f'no instruction in the training data contains {named}, so the arm may do something else; '
        '`genvla operate tasks` lists the instructions'
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(normalize_instruction(text).lower())
