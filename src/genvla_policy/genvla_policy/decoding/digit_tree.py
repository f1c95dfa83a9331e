# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""All texts that may follow a node of a grammar, up to a number of choices ahead.

Inside a number, at most ten tokens are allowed at a time. So the candidates of the next choices
can all be read in one pass before any choice is made: 1 token for one choice, 1 + 10 for two,
1 + 10 + 100 for three.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from genvla_policy.action_text.node import Node


@dataclass(frozen=True, eq=False)
class DigitTree:
    """The tokens that a pass reads to make several choices.

    Attributes:
        token_ids: The tokens, ancestors first.
        parents: Index of the token that each of them follows; -1 for the tree's root.
        ends: Maps the token at which a choice is made (-1: the root) and the chosen token to the
            last token of that step, where the next choice is made.
    """

    token_ids: tuple[int, ...]
    parents: tuple[int, ...]
    ends: Mapping[tuple[int, int], int]

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self.token_ids)


def digit_tree(node: Node, num_choices: int) -> DigitTree:
    """Return the tree that makes `num_choices` choices, the first of them at `node`.

    The first choice depends only on what was read before, so one choice needs no token. A step
    that completes the chunk is not in the tree, because no choice follows it.
    """
    token_ids: list[int] = []
    parents: list[int] = []
    ends: dict[tuple[int, int], int] = {}
    level = [(-1, node)]
    for _ in range(num_choices - 1):
        deeper: list[tuple[int, Node]] = []
        for place, at in level:
            for step in at.steps:
                if step.following is None:
                    continue
                last = place
                for token_id in step.token_ids:
                    parents.append(last)
                    token_ids.append(token_id)
                    last = len(token_ids) - 1
                ends[place, step.token_ids[0]] = last
                deeper.append((last, step.following))
        level = deeper
    return DigitTree(tuple(token_ids), tuple(parents), MappingProxyType(ends))
