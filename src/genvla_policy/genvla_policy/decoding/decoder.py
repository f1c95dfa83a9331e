# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The decoder: prints the text of plain greedy decoding under the grammar, in few passes.

Shape suffixes: B rows, N tokens of a pass, D width of the language model, R tokens of the grammar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from genvla_policy.action_text.beginning import Beginning
from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.action_text.node import Node, Step
from genvla_policy.decoding.decoded import Choice, Decoded
from genvla_policy.decoding.draft import NO_DRAFT, Draft, GuessRates
from genvla_policy.decoding.grammar_head import AnswerModel, GrammarHead
from genvla_policy.decoding.pass_tree import PassTree
from genvla_policy.decoding.plan import Plan
from genvla_policy.decoding.row import Row
from genvla_policy.models.slot_cache import SlotCache


class Decoder:
    """Prints the text that plain greedy decoding under the grammar would print.

    Forced characters are read together with a chosen one, never in a pass of their own. The
    candidates of the next choices are read together, as far ahead as the plan says. A draft is
    read as far as it is likely to save time. Only the grammar's rows of the output embedding are
    multiplied. None of this changes the printed text: a token is chosen from the hidden state of
    exactly the text before it.
    """

    def __init__(self, model: AnswerModel, grammar: TokenGrammar | BinGrammar, plan: Plan) -> None:
        """Extract the grammar's rows from the model's output embedding."""
        self.plan = plan
        self._model = model
        self._grammar = grammar
        self._head = GrammarHead(model, grammar)
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
            cache: The model's cache after these tokens; grows.
            drafts: One guess per row; if empty, nothing is guessed.
            begun: Beginning of each text, which the model has already read; if empty, no text has
                begun.
            watch: Called once with the first row, up to the first action that was not given, as a
                complete chunk, as soon as that action is printed. Not called if the whole chunk is
                printed at the same time.

        Raises:
            FloatingPointError: A score is not finite.
            CacheFull: The texts do not fit into the cache.
        """
        guesses = drafts or [NO_DRAFT] * len(hidden_BD)
        begun = begun or [Beginning((), self._grammar.start)] * len(hidden_BD)
        rows = [
            _Row(first, draft, self._head) for first, draft in zip(begun, guesses, strict=True)
        ]
        scores_BR = self._head.scores(hidden_BD)
        for row, scores_R in zip(rows, scores_BR, strict=True):
            row.begin(scores_R)
        while any(row.node is not None for row in rows):
            trees = [self._tree(row) for row in rows]
            hidden_BND = self._model.advance([tree.tokens for tree in trees], cache)
            scores_BNR = self._head.scores(hidden_BND)
            kept = [
                row.walk(tree, scores_NR, self._rates)
                for row, tree, scores_NR in zip(rows, trees, scores_BNR, strict=True)
            ]
            cache.keep(kept)
            if watch is not None and (first := rows[0].first_action(self._grammar)) is not None:
                watch(first)
                watch = None
        return [row.decoded(self._grammar) for row in rows]

    def _tree(self, row: _Row) -> PassTree:
        if row.node is None:
            # A complete row waits for the others; what it reads is discarded.
            return PassTree.waiting()
        tree = PassTree.of(row.unread, self.plan.trees[row.node, len(row.unread)])
        if row.draft:
            tree.follow(row.draft, row.node, self.plan, self._rates)
        return tree


class _Row(Row):
    """One text; its next choice may follow tokens that the model has not read yet.

    Attributes:
        unread: Tokens of the path that the model has not read yet.
        draft: Guesses for its choices.
    """

    def __init__(self, begun: Beginning, draft: Draft, head: GrammarHead) -> None:
        forced = Step((), None) if begun.node is None else begun.node.forced()
        path = (*begun.token_ids, *forced.token_ids)
        super().__init__(path, forced.following, begun.num_actions)
        self.unread = list(forced.token_ids)
        self.draft = draft
        self._head = head

    def begin(self, scores_R: Sequence[float]) -> None:
        """Make the first choice, unless forced tokens have to be read before it."""
        if self.node is not None and not self.unread:
            self._take(scores_R, self.node)

    def walk(
        self, tree: PassTree, scores_NR: Sequence[Sequence[float]], rates: GuessRates
    ) -> list[int]:
        """Make all choices that a pass allows; return the indices of its correct tokens."""
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
            # The tokens of one step are adjacent.
            kept += range(end - len(self.unread) + 1, end + 1)
            self.unread = []
            place = end
        return kept

    def _take(self, scores_R: Sequence[float], node: Node) -> int:
        best, probability = self._head.choose(scores_R, node)
        step = node.steps[best]
        self.choices.append(Choice(node.following[best].value_index, probability))
        self.path += step.token_ids
        self.unread = list(step.token_ids)
        self.node = step.following
        return step.token_ids[0]
