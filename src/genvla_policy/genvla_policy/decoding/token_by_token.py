# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Plain greedy decoding with one pass per token, even a forced one: the reference for the rest.

Shape suffixes: B rows, N tokens of a pass, D width of the language model, R tokens of the grammar.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from genvla_policy.action_text.beginning import Beginning
from genvla_policy.decoding.decoded import Choice, Decoded
from genvla_policy.decoding.grammar_head import AnswerModel, GrammarHead
from genvla_policy.decoding.row import Row
from genvla_policy.models.slot_cache import SlotCache
from genvla_policy.models.token_tree import TokenTree


@dataclass(frozen=True)
class Spelled(Decoded):
    """A chunk that was printed token by token.

    Attributes:
        scores: For each token that was not given: the scores of the grammar's tokens, by id.
    """

    scores: tuple[Mapping[int, float], ...]


class TokenByToken:
    """Prints the allowed token with the highest score, again and again.

    Every pass reads one token, and only tokens that are printed. There is no tree and no mask
    between the tokens of a pass, and nothing in the cache moves.
    """

    def __init__(self, model: AnswerModel, head: GrammarHead) -> None:
        """Store the model and the head that scores its tokens."""
        self._model, self._head = model, head

    def decode(
        self,
        hidden_BD: Tensor,
        cache: SlotCache,
        *,
        begun: Sequence[Beginning] = (),
        watch: Callable[[Decoded], None] | None = None,
        most_tokens: int | None = None,
    ) -> list[Spelled]:
        """Print one chunk per row; arguments and errors are those of Decoder.decode().

        Printing stops when the first row has `most_tokens`. With None, every text is completed.
        """
        grammar = self._head.grammar
        rows = [
            _Row(each, self._head)
            for each in begun or [Beginning((), grammar.start)] * len(hidden_BD)
        ]
        for row, scores_R in zip(rows, self._head.scores(hidden_BD), strict=True):
            row.take(scores_R)
        while any(row.node is not None for row in rows):
            if most_tokens is not None and len(rows[0].path) >= most_tokens:
                break
            # A complete row waits for the others; what it reads is discarded.
            is_open = [row.node is not None for row in rows]
            hidden_BND = self._model.advance(
                [TokenTree.chain(row.path[-1:]) for row in rows], cache
            )
            cache.keep([range(1) if each else range(0) for each in is_open])
            for row, [scores_R] in zip(rows, self._head.scores(hidden_BND), strict=True):
                row.num_passes += row.node is not None
                row.take(scores_R)
            if watch is not None and (first := rows[0].first_action(grammar)) is not None:
                watch(first)
                watch = None
        return [row.spelled() for row in rows]


class _Row(Row):
    """One text, and the scores of its tokens."""

    def __init__(self, begun: Beginning, head: GrammarHead) -> None:
        super().__init__(begun.token_ids, begun.node, begun.num_actions)
        self._head = head
        self._scores: list[Mapping[int, float]] = []

    def take(self, scores_R: Sequence[float]) -> None:
        """Print the next token, unless the text is complete."""
        if self.node is None:
            return
        best, probability = self._head.choose(scores_R, self.node)
        following = self.node.following[best]
        if not self.node.is_forced:
            self.choices.append(Choice(following.value_index, probability))
        self._scores.append(dict(zip(self._head.grammar.token_ids, scores_R, strict=True)))
        self.path.append(self.node.token_ids[best])
        self.node = None if following.is_end else following

    def spelled(self) -> Spelled:
        """Return the text printed so far."""
        return Spelled(**vars(self.decoded(self._head.grammar)), scores=tuple(self._scores))
