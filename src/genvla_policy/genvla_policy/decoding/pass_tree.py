# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What one row reads in one pass: settled tokens, the tree of candidates, and a draft."""

from __future__ import annotations

from collections.abc import Sequence

from genvla_policy.action_text.node import Node
from genvla_policy.decoding.digit_tree import DigitTree
from genvla_policy.decoding.draft import Draft, GuessRates
from genvla_policy.decoding.plan import Plan
from genvla_policy.models.token_tree import TokenTree


class PassTree:
    """The tokens of a pass, and where in it each choice is made.

    Attributes:
        root: The token that the first choice is made at.
        ends: By the token that a choice is made at, and what is chosen there: the last token of
            that step, where the next choice is made.
    """

    def __init__(
        self, token_ids: list[int], parents: list[int], ends: dict[tuple[int, int], int], root: int
    ) -> None:
        """Take the parts; see of()."""
        self._token_ids, self._parents = token_ids, parents
        self.ends, self.root = ends, root

    @classmethod
    def waiting(cls) -> PassTree:
        """Return what a row reads that has nothing to read."""
        return cls([0], [-1], {}, 0)

    @classmethod
    def of(cls, unread: Sequence[int], tree: DigitTree) -> PassTree:
        """Return settled tokens, at least one, and the candidates after them."""
        root = len(unread) - 1
        return cls(
            [*unread, *tree.token_ids],
            [*range(-1, root), *(parent + root + 1 for parent in tree.parents)],
            {
                (place + root + 1, token_id): end + root + 1
                for (place, token_id), end in tree.ends.items()
            },
            root,
        )

    @property
    def tokens(self) -> TokenTree:
        """What the model reads."""
        return TokenTree(tuple(self._token_ids), tuple(self._parents))

    def follow(self, draft: Draft, node: Node, plan: Plan, rates: GuessRates) -> None:
        """Add guessed tokens as long as they are expected to save more time than they cost.

        Args:
            draft: What is guessed.
            node: Where the first choice is made.
            plan: Tells what a pass costs, and a choice.
            rates: Tell how likely a guess comes true.
        """
        place = self.root
        chance = 1.0
        at: Node | None = node
        while at is not None and (guess := draft.get(at)) and guess.following is not None:
            chance *= rates.of(at)
            key = place, guess.token_ids[0]
            if key not in self.ends:
                size = len(self._token_ids)
                cost = plan.costs.of(size + len(guess.token_ids)) - plan.costs.of(size)
                if chance * plan.seconds_per_choice <= cost:
                    return
                for token_id in guess.token_ids:
                    self._parents.append(place)
                    self._token_ids.append(token_id)
                    place = len(self._token_ids) - 1
                self.ends[key] = place
            place = self.ends[key]
            at = guess.following
