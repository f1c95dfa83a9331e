# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How many choices each pass makes: the plan that prints a chunk in the least time.

A pass over more tokens takes longer but saves passes. How much longer depends on the machine, so
it is measured; the rest is a shortest path through the grammar.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from genvla_policy.action_text.node import Node, children_first
from genvla_policy.decoding.digit_tree import DigitTree, digit_tree

_MOST_CHOICES = 8


@dataclass(frozen=True)
class PassCosts:
    """What a pass costs, by the number of its tokens.

    Attributes:
        sizes: Ascending, from 1.
        seconds: Of each; between two sizes it is interpolated, above the last the last slope goes
            on [s].

    Raises:
        ValueError: It is no such list.
    """

    sizes: tuple[int, ...]
    seconds: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what is no curve."""
        ascends = all(a < b for a, b in pairwise(self.sizes))
        if not ascends or self.sizes[:1] != (1,) or len(self.sizes) != len(self.seconds):
            raise ValueError(
                f'pass costs of sizes {self.sizes} and seconds {self.seconds}: expected sizes '
                'that ascend from 1, and as many seconds'
            )

    def of(self, size: int) -> float:
        """Return what a pass over so many tokens costs [s]."""
        upper = min(max(bisect_left(self.sizes, size), 1), len(self.sizes) - 1)
        if upper == 0:
            return self.seconds[0]
        (x0, x1), (y0, y1) = (each[upper - 1 : upper + 1] for each in (self.sizes, self.seconds))
        return y0 + (y1 - y0) * (size - x0) / (x1 - x0)


@dataclass(frozen=True, eq=False)
class Plan:
    """How many choices to make at once.

    Attributes:
        trees: What to read at each place that leaves a choice.
        seconds: From the first pass to the end, at most [s].
        costs: What it was made for.
        num_choices: Of the text that has most of them.
    """

    trees: Mapping[Node, DigitTree]
    seconds: float
    costs: PassCosts
    num_choices: int

    @property
    def seconds_per_choice(self) -> float:
        """What a choice costs on the way [s]."""
        return self.seconds / max(1, self.num_choices)


def make_plan(start: Node, costs: PassCosts, *, most_tokens: int) -> Plan:
    """Return the plan whose slowest text takes the least time.

    Args:
        start: Where printing begins.
        costs: Of this machine.
        most_tokens: Of a pass; above what must be read for one choice, at least that is read.
    """
    first = start.forced().following
    places = list(children_first(first, _following)) if first is not None else []
    num_unread = _num_unread(places)
    trees: dict[Node, DigitTree] = {}
    seconds: dict[Node, float] = {}
    num_choices_from: dict[Node, int] = {}
    for node in places:
        num_choices_from[node] = 1 + max(
            (num_choices_from[n] for n in _following(node)), default=0
        )
        seconds[node] = float('inf')
        for num_choices in range(1, _MOST_CHOICES + 1):
            tree = digit_tree(node, num_choices)
            size = num_unread[node] + len(tree)
            if num_choices > 1 and size > most_tokens:
                break
            rest = max((seconds[leaf] for leaf in tree.leaves), default=0.0)
            if costs.of(size) + rest < seconds[node]:
                seconds[node], trees[node] = costs.of(size) + rest, tree
            if not tree.leaves:
                break
    if first is None:
        return Plan({}, 0.0, costs, num_choices=0)
    return Plan(trees, seconds[first], costs, num_choices_from[first])


def _num_unread(places: list[Node]) -> dict[Node, int]:
    """Return how many settled tokens are still to be read at each place, at most."""
    most = dict.fromkeys(places, 1)
    for node in places:
        for step in node.steps:
            if step.following is not None:
                most[step.following] = max(most[step.following], len(step.token_ids))
    return most


def _following(node: Node) -> list[Node]:
    return [step.following for step in node.steps if step.following is not None]
