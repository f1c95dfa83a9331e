# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Encode a question and its answer as tokens, for training and for inference."""

from __future__ import annotations

from genvla_policy.text.tokenizer import TextTokenizer


def encode_turn(tokenizer: TextTokenizer, asked: str, answer: str) -> tuple[list[int], list[int]]:
    """Return the tokens of the question and those of the answer.

    Both are encoded as one text, as the model reads them. A token that crosses the border belongs
    to the answer.

    Args:
        tokenizer: The model's tokenizer.
        asked: Text before the answer; see VLAConfig.question().
        answer: The answer, with VLAConfig.answer_prefix.
    """
    encoding = tokenizer.tokenizer.encode(asked + answer, add_special_tokens=False)
    first = next(
        (i for i, (_, end) in enumerate(encoding.offsets) if end > len(asked)),
        len(encoding.ids),
    )
    return list(encoding.ids[:first]), list(encoding.ids[first:])
