# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The rows of a model's language head that a grammar can print, and the choice among them.

Shape suffixes: D width of the language model, R tokens of the grammar.
"""

from __future__ import annotations

from collections.abc import Sequence
import math
from typing import Any, Protocol

from torch import Tensor
from torch.nn import functional

from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.action_text.node import Node
from genvla_policy.models.token_tree import TokenTree


class AnswerModel(Protocol):
    """A model that has read its prompts and can continue."""

    def advance(self, trees: Sequence[TokenTree], cache: Any) -> Tensor:
        """Read one tree per row in one pass; return the (B, N, D) hidden states."""

    def output_rows(self, token_ids: Sequence[int]) -> Tensor:
        """Return the (len(token_ids), D) output embeddings of these tokens."""


class GrammarHead:
    """Scores only the tokens of a grammar, and chooses among the allowed ones.

    Attributes:
        grammar: Grammar of what can be printed.
    """

    def __init__(self, model: AnswerModel, grammar: TokenGrammar | BinGrammar) -> None:
        """Extract the grammar's rows from the model's output embedding."""
        self.grammar = grammar
        self._row_of = {token_id: row for row, token_id in enumerate(grammar.token_ids)}
        self._rows_RD = model.output_rows(grammar.token_ids)

    def scores(self, hidden: Tensor) -> Any:
        """Return the score of each of the grammar's tokens, as nested lists of floats.

        Args:
            hidden: (..., D) hidden states. The lists have its leading dimensions, then R.
        """
        return functional.linear(hidden, self._rows_RD).float().tolist()

    def choose(self, scores_R: Sequence[float], node: Node) -> tuple[int, float]:
        """Return the index of the allowed token with the highest score, and its probability.

        The probability is relative to the allowed tokens. Among equal scores, the token with the
        lowest id wins, as in an argmax over the whole vocabulary.

        Raises:
            FloatingPointError: A score is not finite.
        """
        scores = [scores_R[self._row_of[token_id]] for token_id in node.token_ids]
        if not all(map(math.isfinite, scores)):
            raise FloatingPointError(
                f'the scores of the next characters are {scores}: the numbers overflow in '
                f'{self._rows_RD.dtype}; load the checkpoint with another dtype (float32)'
            )
        highest = max(scores)
        total = sum(math.exp(score - highest) for score in scores)
        first = min(
            (token_id, index)
            for index, (token_id, score) in enumerate(zip(node.token_ids, scores, strict=True))
            if score == highest
        )
        return first[1], 1.0 / total
