# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How many choices each pass makes: the plan that prints a chunk in the least expected time.

A pass over more tokens takes longer but saves passes. How much longer depends on the machine and
on the number of rows, so it is measured; the rest is a shortest path through the grammar.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from genvla_policy.action_text.node import Node, Step, children_first
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

    def towards(self, other: PassCosts, share: float) -> PassCosts:
        """Return the costs that lie a share of the way to others, in [0, 1]."""
        sizes = sorted({*self.sizes, *other.sizes})
        seconds = [self.of(n) + (other.of(n) - self.of(n)) * share for n in sizes]
        return PassCosts(tuple(sizes), tuple(seconds))


Place = tuple[Node, int]
"""Where a choice is to be made, and how many settled tokens are to be read before it."""


@dataclass(frozen=True, eq=False)
class Plan:
    """How many choices to make at once.

    Attributes:
        trees: What to read at each place.
        seconds: Expected from the first pass to the end [s].
        costs: What it was made for.
        num_choices: Expected choices of a text.
    """

    trees: Mapping[Place, DigitTree]
    seconds: float
    costs: PassCosts
    num_choices: float

    @property
    def seconds_per_choice(self) -> float:
        """What a choice costs on the way [s]."""
        return self.seconds / max(1.0, self.num_choices)


def make_plan(start: Node, costs: PassCosts, *, most_tokens: int) -> Plan:
    """Return the plan that takes the least expected time.

    Every text of the grammar is taken to be equally likely. So a value is 1.0000 one time in ten
    thousand, whereas with equally likely characters it would be so every other time.

    Args:
        start: Where printing begins.
        costs: Of this machine, for the number of rows that are printed together.
        most_tokens: Of a pass; above what must be read for one choice, at least that is read.
    """
    forced = start.forced()
    first = forced.following
    if first is None:
        return Plan({}, 0.0, costs, num_choices=0.0)
    nodes = list(children_first(first, _following))
    odds = _odds(nodes)
    sizes = _settled_sizes(nodes, forced)
    num_choices: dict[Node | None, float] = {None: 0.0}
    seconds: dict[tuple[Node | None, int], float] = {}
    trees: dict[Place, DigitTree] = {}
    # By node: seconds expected after 1, 2, ... choices made in one pass.
    after: dict[Node | None, list[float]] = {None: [0.0] * _MOST_CHOICES}
    for node in nodes:
        steps = list(zip(node.steps, odds[node], strict=True))
        num_choices[node] = 1.0 + sum(chance * num_choices[s.following] for s, chance in steps)
        after[node] = [
            sum(chance * seconds.get((s.following, len(s.token_ids)), 0.0) for s, chance in steps)
        ]
        after[node] += [
            sum(chance * after[s.following][num] for s, chance in steps)
            for num in range(_MOST_CHOICES - 1)
        ]
        options = _options(node, after[node], most_tokens)
        for size in sizes[node]:
            # Without a tree one choice is made, whatever has to be read before it.
            fitting = [options[0], *(o for o in options[1:] if size + len(o[0]) <= most_tokens)]
            expected_s = [costs.of(size + len(tree)) + rest_s for tree, rest_s in fitting]
            seconds[node, size] = min(expected_s)
            trees[node, size] = fitting[expected_s.index(min(expected_s))][0]
    # The prompt's last hidden state makes a choice that is not behind forced tokens.
    total_s = seconds[first, len(forced.token_ids)] if forced.token_ids else after[first][0]
    return Plan(trees, total_s, costs, num_choices[first])


def _options(
    node: Node, after: Sequence[float], most_tokens: int
) -> list[tuple[DigitTree, float]]:
    """Return the trees of at most so many tokens, and the seconds expected after each."""
    options: list[tuple[DigitTree, float]] = []
    for num, rest_s in enumerate(after, start=1):
        tree = digit_tree(node, num)
        if len(tree) > most_tokens:
            break
        options.append((tree, rest_s))
        if rest_s == 0.0:
            break
    return options


def _odds(nodes: Sequence[Node]) -> dict[Node, list[float]]:
    """Return how likely each step of each node is if all texts are equally likely."""
    num_texts: dict[Node | None, int] = {None: 1}
    for node in nodes:
        num_texts[node] = sum(num_texts[step.following] for step in node.steps)
    return {
        node: [num_texts[step.following] / num_texts[node] for step in node.steps]
        for node in nodes
    }


def _settled_sizes(nodes: Sequence[Node], forced: Step) -> dict[Node, set[int]]:
    """Return how many settled tokens there can be before each node; `forced` begins the text."""
    sizes: dict[Node, set[int]] = {node: set() for node in nodes}
    for step in [forced, *(step for node in nodes for step in node.steps)]:
        if step.following is not None:
            # A pass reads one token at least.
            sizes[step.following].add(max(1, len(step.token_ids)))
    return sizes


def _following(node: Node) -> list[Node]:
    return [step.following for step in node.steps if step.following is not None]
