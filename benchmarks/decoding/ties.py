# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Where rounding decides: texts that a number type of few bits prints differently.

Passes of different sizes add the same numbers in another order. In float32 that changes no text;
in bfloat16 it can, where two characters score alike. How often, and how much alike, is counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from benchmarks.decoding.subjects import Subject
from benchmarks.decoding.token_by_token import TokenByToken
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.inference.action_heads import TextHead


@dataclass(frozen=True)
class Ties:
    """How the decoder's texts differ from those that are printed a token a pass.

    Attributes:
        num_texts: Pictures that were asked about.
        num_different: How many of them were answered with another text.
        widest_margin: By how much, at the first token that differs, the token a pass printed
            scored better than the other, in roundings of the largest score there (units in the
            last place of the number type): what is summed up to a score is as large for all of
            them, also where little is left of it. 0: none differs.
    """

    num_texts: int
    num_different: int
    widest_margin: float

    def __str__(self) -> str:
        """Say it."""
        said = f'{self.num_different} of {self.num_texts} texts differ from a token a pass'
        if not self.num_different:
            return said
        return f'{said}, at scores at most {self.widest_margin:.1f} roundings apart'


def count_ties(
    subject: Subject, *, num_texts: int, options: DecodingOptions | None = None
) -> Ties:
    """Ask about pictures of noise, both ways.

    Args:
        subject: The model.
        num_texts: Pictures.
        options: Of the decoder.
    """
    head = TextHead(subject.model, subject.grammar, options or DecodingOptions(drafts=False))
    token_by_token = TokenByToken(subject, only_rows=True)
    noise = torch.Generator().manual_seed(1)
    margins: list[float] = []
    for _ in range(num_texts):
        pixels_NCSS = torch.rand(subject.pixels_NCSS.shape, generator=noise) * 2.0 - 1.0
        pixels_NCSS = pixels_NCSS.to(subject.model.device)
        plain = token_by_token.spell(pixels_NCSS)
        [answer] = head.answer(pixels_NCSS[None], [subject.prompt_ids])
        ours = subject.grammar.encode(answer.text)
        for token_id, other_id, scores in zip(plain.token_ids, ours, plain.scores, strict=False):
            if token_id != other_id:
                largest = max(abs(score) for score in scores.values())
                rounding = torch.finfo(subject.model.dtype).eps * largest
                margins.append((scores[token_id] - scores[other_id]) / rounding)
                break
    return Ties(num_texts, len(margins), max(margins, default=0.0))
