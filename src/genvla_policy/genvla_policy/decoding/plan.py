# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The plan that prints a chunk in the least expected time: how many choices each pass makes.

A pass over more tokens takes longer but saves passes. How much longer depends on the machine and
on the number of rows, so it is measured. The plan is then a shortest path through the grammar.
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
    """The cost of a pass, by its number of tokens.

    Attributes:
        sizes: Numbers of tokens, ascending from 1.
        seconds: Cost of each size [s]. Costs between two sizes are interpolated. Beyond the last
            size, the last slope continues.

    Raises:
        ValueError: `sizes` do not ascend from 1, or the lengths differ.
    """

    sizes: tuple[int, ...]
    seconds: tuple[float, ...]

    def __post_init__(self) -> None:
        """Reject an invalid curve."""
        ascends = all(a < b for a, b in pairwise(self.sizes))
        if not ascends or self.sizes[:1] != (1,) or len(self.sizes) != len(self.seconds):
            raise ValueError(
                f'pass costs have sizes {self.sizes} and times {self.seconds}; expected sizes '
                'that ascend from 1, and one time for each'
            )

    def of(self, size: int) -> float:
        """Return the cost of a pass over `size` tokens [s]."""
        upper = min(max(bisect_left(self.sizes, size), 1), len(self.sizes) - 1)
        if upper == 0:
            return self.seconds[0]
        (x0, x1), (y0, y1) = (each[upper - 1 : upper + 1] for each in (self.sizes, self.seconds))
        return y0 + (y1 - y0) * (size - x0) / (x1 - x0)

    def towards(self, other: PassCosts, share: float) -> PassCosts:
        """Return the costs interpolated towards others, by a share in [0, 1]."""
        sizes = sorted({*self.sizes, *other.sizes})
        seconds = [self.of(n) + (other.of(n) - self.of(n)) * share for n in sizes]
        return PassCosts(tuple(sizes), tuple(seconds))


Place = tuple[Node, int]
"""The node of a choice, and the number of settled tokens to read before it."""


@dataclass(frozen=True, eq=False)
class Plan:
    """How many choices each pass makes.

    Attributes:
        trees: Tree to read at each place.
        seconds: Expected time from the first pass to the end [s].
        costs: Costs that the plan was made for.
        num_choices: Expected number of choices in a text.
    """

    trees: Mapping[Place, DigitTree]
    seconds: float
    costs: PassCosts
    num_choices: float

    @property
    def seconds_per_choice(self) -> float:
        """Expected cost of a choice [s]."""
        return self.seconds / max(1.0, self.num_choices)


def make_plan(start: Node, costs: PassCosts, *, most_tokens: int) -> Plan:
    """Return the plan with the least expected time.

    All texts of the grammar count as equally likely. So a value is 1.0000 one time in ten
    thousand. With equally likely characters, it would be 1.0000 every other time.

    Args:
        start: Where printing begins.
        costs: Costs on this machine, for the number of rows that are printed together.
        most_tokens: Maximum number of tokens in a pass; the tokens that one choice needs are read
            even if there are more.
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
    # By node: the expected seconds after 1, 2, ... choices in one pass.
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
            # Without a tree, one choice is made, no matter how many tokens come before it.
            fitting = [options[0], *(o for o in options[1:] if size + len(o[0]) <= most_tokens)]
            expected_s = [costs.of(size + len(tree)) + rest_s for tree, rest_s in fitting]
            seconds[node, size] = min(expected_s)
            trees[node, size] = fitting[expected_s.index(min(expected_s))][0]
    # The prompt's last hidden state makes the first choice if no forced token comes before it.
    total_s = seconds[first, len(forced.token_ids)] if forced.token_ids else after[first][0]
    return Plan(trees, total_s, costs, num_choices[first])


def _options(
    node: Node, after: Sequence[float], most_tokens: int
) -> list[tuple[DigitTree, float]]:
    """Return the trees of at most `most_tokens` tokens, and the expected seconds after each."""
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
    """Return the probability of each step of each node if all texts are equally likely."""
    num_texts: dict[Node | None, int] = {None: 1}
    for node in nodes:
        num_texts[node] = sum(num_texts[step.following] for step in node.steps)
    return {
        node: [num_texts[step.following] / num_texts[node] for step in node.steps]
        for node in nodes
    }


def _settled_sizes(nodes: Sequence[Node], forced: Step) -> dict[Node, set[int]]:
    """Return the possible numbers of settled tokens before each node; `forced` comes first."""
    sizes: dict[Node, set[int]] = {node: set() for node in nodes}
    for step in [forced, *(step for node in nodes for step in node.steps)]:
        if step.following is not None:
            # A pass reads at least one token.
            sizes[step.following].add(max(1, len(step.token_ids)))
    return sizes


def _following(node: Node) -> list[Node]:
    return [step.following for step in node.steps if step.following is not None]
