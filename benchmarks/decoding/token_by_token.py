# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The decoder without its features: one token in each pass, forced ones too."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.decoding.subjects import Subject
from genvla_policy.models.token_tree import TokenTree


@dataclass(frozen=True)
class Spelled:
    """An action, token by token.

    Attributes:
        token_ids: What was printed, end-of-text included.
        scores: At each token, what those of the grammar scored, by their ids.
    """

    token_ids: list[int]
    scores: list[dict[int, float]]


class TokenByToken:
    """Prints what scores highest of what the grammar allows, again and again."""

    def __init__(self, subject: Subject, *, only_rows: bool) -> None:
        """Take the memory.

        Args:
            subject: What is asked.
            only_rows: Multiply the grammar's rows of the output embedding alone.
        """
        model, grammar = subject.model, subject.grammar
        self._subject, self._only_rows = subject, only_rows
        self._ids_R = torch.tensor(grammar.token_ids, device=model.device)
        self._rows_RD = model.output_rows(grammar.token_ids)
        num_read = model.config.num_image_tokens + 1 + len(subject.prompt_ids)
        self._cache = model.new_cache(num_rows=1, num_slots=num_read + grammar.max_tokens)

    @torch.inference_mode()
    def spell(self, pixels_NCSS: Tensor) -> Spelled:
        """Print the action for some pictures."""
        model, subject = self._subject.model, self._subject
        [hidden_D] = model.prefill(pixels_NCSS[None], [subject.prompt_ids], self._cache)
        node, spelled = subject.grammar.start, Spelled([], [])
        while True:
            scores = self._scores(hidden_D)
            token_id = max(sorted(node.token_ids), key=scores.__getitem__)
            spelled.token_ids.append(token_id)
            spelled.scores.append(scores)
            node = node.after(token_id)
            if node.is_end:
                return spelled
            hidden_D = model.advance([TokenTree.chain([token_id])], self._cache)[0, 0]
            self._cache.keep([range(1)])

    def _scores(self, hidden_D: Tensor) -> dict[int, float]:
        if self._only_rows:
            scores_R = functional.linear(hidden_D, self._rows_RD)
        else:
            scores_R = functional.linear(hidden_D, self._subject.model.head_VD)[self._ids_R]
        return dict(zip(self._subject.grammar.token_ids, scores_R.tolist(), strict=True))
