# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A guess at the text to be printed, and how often such guesses are right.

Consecutive chunks are alike in their signs, their leading digits and the axes that do not move.
Guessed tokens are read in the pass that verifies them. A wrong guess costs only the time to read
it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from genvla_policy.action_text.node import Node, Step

Draft = Mapping[Node, Step]
"""By node that leaves a choice: the guessed step."""

NO_DRAFT: Draft = MappingProxyType({})


def draft_of(start: Node, token_ids: Sequence[int]) -> Draft:
    """Return the guess that a path through the grammar is printed again.

    Nodes are shared by all numbers with the same continuations. So a guess at later digits and
    numbers stays valid when an earlier digit was wrong.
    """
    guesses: dict[Node, Step] = {}
    node = start
    for token_id in token_ids:
        index = node.token_ids.index(token_id)
        if not node.is_forced:
            guesses[node] = node.steps[index]
        node = node.following[index]
    return guesses


class GuessRates:
    """The share of right guesses at each node, defined even before the first guess."""

    def __init__(self) -> None:
        """Start without any guesses."""
        self._counts: dict[Node, tuple[int, int]] = {}

    def of(self, node: Node) -> float:
        """Return the share of guesses at a node that were right (Laplace's rule), in (0, 1)."""
        num_right, num = self._counts.get(node, (0, 0))
        return (num_right + 1) / (num + 2)

    def count(self, node: Node, *, is_right: bool) -> None:
        """Record a guess and its outcome; old outcomes lose weight."""
        num_right, num = self._counts.get(node, (0, 0))
        if num >= _MEMORY:
            num_right, num = num_right // 2, num // 2
        self._counts[node] = (num_right + is_right, num + 1)


_MEMORY = 64
"""Number of guesses at a node at which its counts are halved."""
