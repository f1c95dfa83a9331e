# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""All the texts that may follow a place of a grammar, as far as some choices ahead.

A number leaves at most ten tokens open at a time, so the candidates of the next choices can all be
read in one pass before any of them is made: 1 token for one choice, 1 + 10 for two, 1 + 10 + 100
for three.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from genvla_policy.action_text.node import Node


@dataclass(frozen=True, eq=False)
class DigitTree:
    """The tokens that are read to make several choices in one pass.

    Attributes:
        token_ids: Ancestors first.
        parents: Which of them each comes after; -1: it comes at the tree's root.
        ends: By the token (-1: the root) that a choice is made at, and what is chosen there: the
            last token of that step, where the next choice is made.
    """

    token_ids: tuple[int, ...]
    parents: tuple[int, ...]
    ends: Mapping[tuple[int, int], int]

    def __len__(self) -> int:
        """Tokens."""
        return len(self.token_ids)


def digit_tree(node: Node, num_choices: int) -> DigitTree:
    """Return the tree that makes `num_choices` choices, the first of them at `node`.

    The first is made by what was read before, so one choice needs no token. A step that completes
    the chunk is not in the tree: nothing is decided after it.
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
