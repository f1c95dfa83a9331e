# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The tokens that one row reads in a pass: settled ones, a tree of candidates, and a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import functools
from types import MappingProxyType

from genvla_policy.action_text.node import Node
from genvla_policy.decoding.digit_tree import DigitTree
from genvla_policy.decoding.draft import Draft, GuessRates
from genvla_policy.decoding.plan import Plan
from genvla_policy.models.token_tree import TokenTree

_Ends = Mapping[tuple[int, int], int]


class PassTree:
    """The tokens of a pass, and where in it each choice is made.

    Attributes:
        tokens: Tokens that the model reads.
        root: Index of the token at which the first choice is made.
        ends: Maps the token at which a choice is made and the chosen token to the last token of
            that step, where the next choice is made.
    """

    def __init__(
        self, token_ids: tuple[int, ...], parents: tuple[int, ...], ends: _Ends, root: int
    ) -> None:
        """Store the parts; see of()."""
        self.tokens = TokenTree(token_ids, parents)
        self.ends, self.root = ends, root

    @classmethod
    def waiting(cls) -> PassTree:
        """Return the tree for a row that has nothing to read."""
        return cls((0,), (-1,), {}, 0)

    @classmethod
    def of(cls, unread: Sequence[int], tree: DigitTree) -> PassTree:
        """Return the tree of settled tokens, at least one, and the candidates after them."""
        parents, ends = _behind(tree, len(unread))
        return cls((*unread, *tree.token_ids), parents, ends, len(unread) - 1)

    def follow(self, draft: Draft, node: Node, plan: Plan, rates: GuessRates) -> None:
        """Add guessed tokens as long as they are expected to save more time than they cost.

        Args:
            draft: The guesses.
            node: Node of the first choice.
            plan: Gives the cost of a pass, and of a choice.
            rates: Give the probability that a guess is right.
        """
        token_ids, parents = list(self.tokens.token_ids), list(self.tokens.parents)
        ends = dict(self.ends)
        place = self.root
        chance = 1.0
        at: Node | None = node
        while at is not None and (guess := draft.get(at)) and guess.following is not None:
            chance *= rates.of(at)
            key = place, guess.token_ids[0]
            if key not in ends:
                size = len(token_ids)
                cost = plan.costs.of(size + len(guess.token_ids)) - plan.costs.of(size)
                if chance * plan.seconds_per_choice <= cost:
                    break
                for token_id in guess.token_ids:
                    parents.append(place)
                    token_ids.append(token_id)
                    place = len(token_ids) - 1
                ends[key] = place
            place = ends[key]
            at = guess.following
        self.tokens, self.ends = TokenTree(tuple(token_ids), tuple(parents)), ends


@functools.lru_cache(maxsize=256)
def _behind(tree: DigitTree, num_settled: int) -> tuple[tuple[int, ...], _Ends]:
    """Return the parents and ends of settled tokens with a tree after the last of them.

    Results are cached because the few trees of a plan recur in every action.
    """
    parents = (parent + num_settled for parent in tree.parents)
    ends = {
        (place + num_settled, token_id): end + num_settled
        for (place, token_id), end in tree.ends.items()
    }
    return (*range(-1, num_settled - 1), *parents), MappingProxyType(ends)
