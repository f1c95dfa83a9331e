# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A question and its answer as tokens: in training, and when a model is asked."""

from __future__ import annotations

from genvla_policy.text.tokenizer import TextTokenizer


def encode_turn(tokenizer: TextTokenizer, asked: str, answer: str) -> tuple[list[int], list[int]]:
    """Return the tokens of both, parted where the answer begins.

    The two are written as one text, as the model will read them: a token that reaches across
    the border belongs to the answer.

    Args:
        tokenizer: The model's.
        asked: What comes before the answer; see VLAConfig.question().
        answer: With VLAConfig.answer_prefix.
    """
    encoding = tokenizer.tokenizer.encode(asked + answer, add_special_tokens=False)
    first = next(
        (i for i, (_, end) in enumerate(encoding.offsets) if end > len(asked)),
        len(encoding.ids),
    )
    return list(encoding.ids[:first]), list(encoding.ids[first:])
