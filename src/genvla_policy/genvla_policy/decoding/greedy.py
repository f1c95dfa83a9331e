# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Greedy decoding under the grammar: the most probable character that may come next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math
from typing import Any, Protocol

import torch
from torch import Tensor

from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.grammar import TokenGrammar


class AnswerModel(Protocol):
    """A model that has read its prompt and can go on token by token."""

    def advance(self, token_ids: Sequence[int], cache: Any) -> Tensor:
        """Read tokens in one pass; return the (D,) hidden state at the last."""

    def output_rows(self, token_ids: Sequence[int]) -> Tensor:
        """Return the (len(token_ids), D) output embeddings of these tokens."""


@dataclass(frozen=True)
class Choice:
    """A place where the grammar left the model a choice.

    Attributes:
        value_index: The flattened action value that the choice belongs to.
        probability: What the model gave to the token it chose, among the allowed ones.
    """

    value_index: int
    probability: float


@dataclass(frozen=True)
class Decoded:
    """A printed chunk.

    Attributes:
        token_ids: Path through the grammar, end-of-text included.
        text: Its text, without the prefix.
        choices: The model's choices, in order.
        num_passes: How often the model was run after the prompt.
    """

    token_ids: tuple[int, ...]
    text: str
    choices: tuple[Choice, ...]
    num_passes: int

    def confidence(self, horizon: int, action_dim: int) -> list[float]:
        """Return per action the geometric mean of its choices' probabilities, in [0, 1].

        An action without any choice is certain: 1.
        """
        logs: list[list[float]] = [[] for _ in range(horizon)]
        for choice in self.choices:
            # The least positive double stands in for a probability that underflowed.
            logs[choice.value_index // action_dim].append(
                math.log(max(choice.probability, 5e-324))
            )
        return [math.exp(sum(step) / len(step)) if step else 1.0 for step in logs]


class GreedyDecoder:
    """Prints the text that plain greedy decoding under the grammar prints, in fewer passes.

    Characters that the grammar forces are read together with the next free one, never in a pass of
    their own, and only the grammar's rows of the output embedding are multiplied.
    """

    def __init__(self, model: AnswerModel, grammar: TokenGrammar | BinGrammar) -> None:
        """Take the grammar's rows out of the model's output embedding."""
        self._model = model
        self._grammar = grammar
        self._row_of = {token_id: row for row, token_id in enumerate(grammar.token_ids)}
        self._rows_VD = model.output_rows(grammar.token_ids)

    def decode(self, hidden_D: Tensor, cache: Any) -> Decoded:
        """Print one chunk.

        Args:
            hidden_D: The model's hidden state at the last prompt token.
            cache: The model's cache after the prompt; grows.

        Raises:
            FloatingPointError: A score is not finite.
        """
        node = self._grammar.start
        path: list[int] = []
        unread: list[int] = []
        choices: list[Choice] = []
        num_passes = 0
        while not node.is_end:
            if node.is_forced:
                best = 0
            else:
                if unread:
                    hidden_D = self._model.advance(unread, cache)
                    unread.clear()
                    num_passes += 1
                best, probability = self._choose(hidden_D, node.token_ids)
                choices.append(Choice(node.following[best].value_index, probability))
            path.append(node.token_ids[best])
            unread.append(node.token_ids[best])
            node = node.following[best]
        return Decoded(tuple(path), self._grammar.decode(path), tuple(choices), num_passes)

    def _choose(self, hidden_D: Tensor, token_ids: Sequence[int]) -> tuple[int, float]:
        """Return which allowed token scores highest, and its probability among them."""
        scores_V = torch.mv(self._rows_VD, hidden_D).float().tolist()
        scores = [scores_V[self._row_of[token_id]] for token_id in token_ids]
        if not all(map(math.isfinite, scores)):
            raise FloatingPointError(
                f'the model scores the next characters as {scores}: its numbers overflow in '
                f'{self._rows_VD.dtype}; load the checkpoint with another dtype (float32)'
            )
        highest = max(scores)
        total = sum(math.exp(score - highest) for score in scores)
        return scores.index(highest), 1.0 / total
