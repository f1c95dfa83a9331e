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
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.inference.action_heads import TextHead
from genvla_policy.inference.engine_check import check_engine


@dataclass(frozen=True)
class Ties:
    """How the decoder's texts differ from those that are printed a token a pass.

    Attributes:
        num_texts: Pictures that were asked about.
        num_different: How many of them were answered with another text.
        widest_margin: By how much, at the first token that differs, the token a pass printed
            scored better than the other, in parts of what rounding does to two scores there (see
            engine_check.py); above 1 it is no tie. 0: none differs.
    """

    num_texts: int
    num_different: int
    widest_margin: float

    def __str__(self) -> str:
        """Say it."""
        said = f'{self.num_different} of {self.num_texts} texts differ from a token a pass'
        if not self.num_different:
            return said
        return f'{said}, at scores at most {self.widest_margin:.2f} of the rounding apart'


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
    noise = torch.Generator().manual_seed(1)
    margins: list[float] = []
    for _ in range(num_texts):
        pixels_NCSS = torch.rand(subject.pixels_NCSS.shape, generator=noise) * 2.0 - 1.0
        pixels_NCSS = pixels_NCSS.to(subject.model.device)
        check = check_engine(head, pixels_NCSS[None], [subject.prompt_ids])
        if check.place is not None:
            margins.append(check.margin / check.rounding)
    return Ties(num_texts, len(margins), max(margins, default=0.0))
