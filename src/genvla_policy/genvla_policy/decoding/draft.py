# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A guess at what will be printed, and how often such guesses come true.

Two chunks that follow one another are alike in their signs, their leading digits and the axes
that do not move. Guessed tokens are read in the pass that verifies them; a wrong guess costs the
time to have read it and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from genvla_policy.action_text.node import Node, Step

Draft = Mapping[Node, Step]
"""By place that leaves a choice: what is guessed there."""

NO_DRAFT: Draft = MappingProxyType({})


def draft_of(start: Node, token_ids: Sequence[int]) -> Draft:
    """Return the guess that a path through the grammar is printed again.

    Places are shared by all numbers that have the same continuations, so a guess at later digits
    and numbers still stands when an earlier digit was wrong.
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
    """How often the guess at each place came true; even before there was one."""

    def __init__(self) -> None:
        """Begin without experience."""
        self._counts: dict[Node, tuple[int, int]] = {}

    def of(self, node: Node) -> float:
        """Return the share of guesses at a place that came true (Laplace's rule), in (0, 1)."""
        num_right, num = self._counts.get(node, (0, 0))
        return (num_right + 1) / (num + 2)

    def count(self, node: Node, *, is_right: bool) -> None:
        """Take a guess and its outcome in; old ones fade."""
        num_right, num = self._counts.get(node, (0, 0))
        if num >= _MEMORY:
            num_right, num = num_right // 2, num // 2
        self._counts[node] = (num_right + is_right, num + 1)


_MEMORY = 64
"""Guesses at a place after which the older half counts half."""
