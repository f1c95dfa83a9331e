# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Count rounding ties: texts that a number type of few bits prints differently.

Passes of different sizes add the same numbers in different orders. In float32 this changes no
text. In bfloat16 it can, if two characters have similar scores. This module counts such texts and
measures the score differences.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from benchmarks.decoding.subjects import Subject
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.inference.action_heads import TextHead
from genvla_policy.inference.engine_check import check_engine


@dataclass(frozen=True)
class Ties:
    """Differences between the decoder's texts and those printed one token per pass.

    Attributes:
        num_texts: Number of pictures.
        num_different: Number of pictures with different texts.
        widest_margin: Largest score difference between the two tokens at the first difference, in
            favour of one token per pass, relative to the rounding error of two scores there (see
            engine_check.py). Above 1 it is not a tie. 0: no text differs.
    """

    num_texts: int
    num_different: int
    widest_margin: float

    def __str__(self) -> str:
        """Return the counts as a sentence."""
        said = (
            f'{self.num_different} of {self.num_texts} texts differ from those of one token per '
            'pass'
        )
        if not self.num_different:
            return said
        return (
            f'{said}, where the scores are at most {self.widest_margin:.2f} of the rounding error '
            'apart'
        )


def count_ties(
    subject: Subject, *, num_texts: int, options: DecodingOptions | None = None
) -> Ties:
    """Answer pictures of noise in both ways, and compare the texts.

    Args:
        subject: The model.
        num_texts: Number of pictures.
        options: Options of the decoder.
    """
    head = TextHead(subject.model, subject.grammar, options or DecodingOptions(drafts=False))
    noise = torch.Generator().manual_seed(1)
    margins: list[float] = []
    for _ in range(num_texts):
        pixels_NCSS = torch.rand(subject.pixels_NCSS.shape, generator=noise) * 2.0 - 1.0
        pixels_NCSS = pixels_NCSS.to(subject.model.device)
        check = check_engine(head, pixels_NCSS[None], [subject.prompt_ids])
        if check.place is not None:
            margins.append(check.margin / check.rounding)
    return Ties(num_texts, len(margins), max(margins, default=0.0))
