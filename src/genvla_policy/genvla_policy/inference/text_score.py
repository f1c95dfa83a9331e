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
    """A model's score of a text that it reads token by token.

    Attributes:
        text: The text.
        nll: Negative log-likelihood over all tokens of the vocabulary, summed over the tokens at
            which the grammar leaves a choice [nats].
        num_tokens: Number of these tokens; forced ones do not tell anything about a model.
        num_correct: Number of them that were the most probable.
    """

    text: str
    nll: float
    num_tokens: int
    num_correct: int


def with_choices_only(sample: Sample, grammar: TokenGrammar | BinGrammar) -> Sample:
    """Return the sample with only those tokens as targets at which the grammar leaves a choice."""
    node, is_target = grammar.start, []
    for token_id, asked in zip(sample.token_ids, sample.is_target, strict=True):
        is_target.append(asked and not node.is_forced)
        node = node.after(token_id) if asked else node
    return Sample(sample.pixels_NCSS, sample.token_ids, is_target)


@torch.inference_mode()
def score_text(
    model: VLA, grammar: TokenGrammar | BinGrammar, sample: Sample, text: str
) -> TextScore:
    """Score a text after images and a prompt.

    Args:
        model: A network with a language head.
        grammar: Grammar of what the head prints.
        sample: Images and prompt (with <bos>), without a target.
        text: Text to score, in the grammar.

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
