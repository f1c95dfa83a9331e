# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How likely a model finds a given text of actions."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.vla import VLA


@dataclass(frozen=True)
class TextScore:
    """What a model makes of a text that it is shown token by token.

    Attributes:
        text: The text.
        nll: Negative log-likelihood over all tokens of the vocabulary, summed over the tokens
            that are a choice under the grammar [nats].
        num_tokens: How many these are; forced ones say nothing of a model.
        num_correct: How many of them were the most probable.
    """

    text: str
    nll: float
    num_tokens: int
    num_correct: int


def with_choices_only(sample: Sample, grammar: TokenGrammar | BinGrammar) -> Sample:
    """Return the sample with only those tokens as targets where the grammar leaves a choice."""
    node, is_target = grammar.start, []
    for token_id, asked in zip(sample.token_ids, sample.is_target, strict=True):
        is_target.append(asked and not node.is_forced)
        node = node.after(token_id) if asked else node
    return Sample(sample.pixels_NCSS, sample.token_ids, is_target)


@torch.inference_mode()
def score_text(
    model: VLA, grammar: TokenGrammar | BinGrammar, sample: Sample, text: str
) -> TextScore:
    """Read a text after images and a prompt.

    Args:
        model: With a language head.
        grammar: What it prints.
        sample: Images and prompt (with <bos>), no target.
        text: In the grammar.

    Raises:
        ActionTextError: The text is not in the grammar.
    """
    asked = Sample.of_answer(sample.pixels_NCSS, sample.token_ids, grammar.encode(text))
    config = model.config
    batch = Batch.collate(
        [with_choices_only(asked, grammar)],
        num_cameras=config.num_cameras,
        horizon=config.horizon,
        action_dim=config.action_dim,
    )
    loss = model(batch.to(model.device))
    return TextScore(text, float(loss.language_sums_B[0]), loss.num_targets, loss.num_correct)
