# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The decoder: prints what plain greedy decoding under the grammar prints, in few passes.

Shape suffixes: B rows, N tokens of a pass, D width of the language model, R tokens of the grammar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
import math
from typing import Any, Protocol

from torch import Tensor
from torch.nn import functional

from genvla_policy.action_text.beginning import Beginning
from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.action_text.node import Node, Step
from genvla_policy.decoding.decoded import Choice, Decoded
from genvla_policy.decoding.draft import NO_DRAFT, Draft, GuessRates
from genvla_policy.decoding.pass_tree import PassTree
from genvla_policy.decoding.plan import Plan
from genvla_policy.models.slot_cache import SlotCache
from genvla_policy.models.token_tree import TokenTree


class AnswerModel(Protocol):
    """A model that has read its prompts and can go on."""

    def advance(self, trees: Sequence[TokenTree], cache: Any) -> Tensor:
        """Read a tree per row in one pass; return the (B, N, D) hidden states."""

    def output_rows(self, token_ids: Sequence[int]) -> Tensor:
        """Return the (len(token_ids), D) output embeddings of these tokens."""


class Decoder:
    """Prints the text that plain greedy decoding under the grammar prints.

    Characters that the grammar forces are read together with a chosen one, never in a pass of
    their own; the candidates of the next choices are read together as far as the plan says; a
    draft is read as far as it is likely to pay; and only the grammar's rows of the output
    embedding are multiplied. None of it changes what is printed: a token is chosen from the
    hidden state of exactly the text before it.
    """

    def __init__(self, model: AnswerModel, grammar: TokenGrammar | BinGrammar, plan: Plan) -> None:
        """Take the grammar's rows out of the model's output embedding."""
        self.plan = plan
        self._model = model
        self._grammar = grammar
        self._row_of = {token_id: row for row, token_id in enumerate(grammar.token_ids)}
        self._rows_RD = model.output_rows(grammar.token_ids)
        self._rates = GuessRates()

    def decode(
        self,
        hidden_BD: Tensor,
        cache: SlotCache,
        drafts: Sequence[Draft] = (),
        *,
        begun: Sequence[Beginning] = (),
        watch: Callable[[Decoded], None] | None = None,
    ) -> list[Decoded]:
        """Print one chunk per row.

        Args:
            hidden_BD: The model's hidden states at the last tokens of prompts and beginnings.
            cache: The model's cache after these; grows.
            drafts: A guess per row; none: nothing is guessed.
            begun: How each text begins, which the model has read; none: it has not begun.
            watch: Called once, with the first row as far as the first action that was not given,
                as a chunk of its own, as soon as it is printed; not called where the whole chunk
                is printed at the same time.

        Raises:
            FloatingPointError: A score is not finite.
            CacheFull: The texts do not fit.
        """
        guesses = drafts or [NO_DRAFT] * len(hidden_BD)
        begun = begun or [Beginning((), self._grammar.start)] * len(hidden_BD)
        rows = [
            _Row(first, draft, self._choose) for first, draft in zip(begun, guesses, strict=True)
        ]
        scores_BR = self._scores(hidden_BD)
        for row, scores_R in zip(rows, scores_BR, strict=True):
            row.begin(scores_R)
        while any(row.node is not None for row in rows):
            trees = [self._tree(row) for row in rows]
            hidden_BND = self._model.advance([tree.tokens for tree in trees], cache)
            scores_BNR = self._scores(hidden_BND)
            kept = [
                row.walk(tree, scores_NR, self._rates)
                for row, tree, scores_NR in zip(rows, trees, scores_BNR, strict=True)
            ]
            cache.keep(kept)
            if watch is not None and (first := self._first_action(rows[0])) is not None:
                watch(first)
                watch = None
        return [self._decoded(row) for row in rows]

    def _scores(self, hidden: Tensor) -> Any:
        """Return the score of each of the grammar's tokens, as lists."""
        return functional.linear(hidden, self._rows_RD).float().tolist()

    def _tree(self, row: _Row) -> PassTree:
        if row.node is None:
            # A row that is complete waits for the others; what it reads is forgotten.
            return PassTree.waiting()
        tree = PassTree.of(row.unread, self.plan.trees[row.node, len(row.unread)])
        if row.draft:
            tree.follow(row.draft, row.node, self.plan, self._rates)
        return tree

    def _choose(self, scores_R: Sequence[float], node: Node) -> tuple[int, float]:
        """Return which allowed token scores highest, and its probability among them.

        Of those that score alike, the one of the lowest id, which an argmax over the whole
        vocabulary finds.
        """
        scores = [scores_R[self._row_of[token_id]] for token_id in node.token_ids]
        if not all(map(math.isfinite, scores)):
            raise FloatingPointError(
                f'the model scores the next characters as {scores}: its numbers overflow in '
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

    def _decoded(self, row: _Row) -> Decoded:
        text = self._grammar.decode(row.path)
        return Decoded(tuple(row.path), text, tuple(row.choices), row.num_passes)

    def _first_action(self, row: _Row) -> Decoded | None:
        """Return what is given and one action more; None: that is not complete, or all is."""
        if row.node is None:
            return None
        text_format, num_steps = self._grammar.text_format, row.num_given + 1
        text = text_format.first_steps(self._grammar.begun(row.path), num_steps)
        if text is None:
            return None
        num_values = num_steps * len(text_format.signed)
        choices = tuple(c for c in row.choices if c.value_index < num_values)
        return Decoded(tuple(row.path), text, choices, row.num_passes)


class _Row:
    """One text while it is printed.

    Attributes:
        node: Where the next choice is to be made. None: the text is complete.
        path: Its tokens so far.
        unread: Those that the model has not read yet.
        num_given: Actions that it begins with.
    """

    def __init__(
        self,
        begun: Beginning,
        draft: Draft,
        choose: Callable[[Sequence[float], Node], tuple[int, float]],
    ) -> None:
        forced = Step((), None) if begun.node is None else begun.node.forced()
        self.node = forced.following
        self.path = [*begun.token_ids, *forced.token_ids]
        self.unread = list(forced.token_ids)
        self.num_given = begun.num_actions
        self.draft = draft
        self.choices: list[Choice] = []
        self.num_passes = 0
        self._choose = choose

    def begin(self, scores_R: Sequence[float]) -> None:
        """Make the first choice, unless forced tokens have to be read before it."""
        if self.node is not None and not self.unread:
            self._take(scores_R, self.node)

    def walk(
        self, tree: PassTree, scores_NR: Sequence[Sequence[float]], rates: GuessRates
    ) -> list[int]:
        """Make all choices that a pass allows; return which of its tokens were right."""
        if self.node is None:
            return []
        self.num_passes += 1
        place = tree.root
        kept = list(range(place + 1))
        while self.node is not None:
            node = self.node
            token_id = self._take(scores_NR[place], node)
            if guess := self.draft.get(node):
                rates.count(node, is_right=guess.token_ids[0] == token_id)
            end = tree.ends.get((place, token_id))
            if end is None:
                break
            # The tokens of one step stand side by side.
            kept += range(end - len(self.unread) + 1, end + 1)
            self.unread = []
            place = end
        return kept

    def _take(self, scores_R: Sequence[float], node: Node) -> int:
        best, probability = self._choose(scores_R, node)
        step = node.steps[best]
        self.choices.append(Choice(node.following[best].value_index, probability))
        self.path += step.token_ids
        self.unread = list(step.token_ids)
        self.node = step.following
        return step.token_ids[0]
