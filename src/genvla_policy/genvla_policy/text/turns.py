# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How a question and its answer are written: in training, and when a model is asked."""

from __future__ import annotations

from dataclasses import dataclass

from genvla_policy.text.tokenizer import TextTokenizer


@dataclass(frozen=True)
class TurnText:
    """How a family writes a question and its answer, around {question}."""

    question: str
    answer_prefix: str

    def asked(self, question: str) -> str:
        """Return what comes before the answer."""
        return self.question.replace('{question}', question)

    def encode(
        self, tokenizer: TextTokenizer, question: str, answer: str
    ) -> tuple[list[int], list[int]]:
        """Return the tokens of both, parted where the answer begins.

        The two are written as one text, as the model will read them: a token that reaches across
        the border belongs to the answer.
        """
        asked = self.asked(question)
        encoding = tokenizer.tokenizer.encode(
            asked + self.answer_prefix + answer, add_special_tokens=False
        )
        first = next(
            (i for i, (_, end) in enumerate(encoding.offsets) if end > len(asked)),
            len(encoding.ids),
        )
        return list(encoding.ids[:first]), list(encoding.ids[first:])


TURN_TEXTS = {
    # PaliGemma's newline before the answer; Prismatic's prompt.
    'pi0': TurnText('{question}\n', ''),
    'openvla': TurnText('In: {question}\nOut:', ' '),
}
"""By family."""
