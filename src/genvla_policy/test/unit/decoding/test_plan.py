# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The plan with the least expected time for a chunk, given the costs of a machine."""

from fractions import Fraction
from itertools import product

import pytest

from genvla_policy.action_text.node import Node
from genvla_policy.decoding.digit_tree import digit_tree
from genvla_policy.decoding.plan import PassCosts, make_plan

# Every pass costs the same: the plan takes the fewest passes.
FLAT = PassCosts((1, 128), (1.0, 1.0))
# A pass costs as much as its tokens: reading ahead never pays off.
STEEP = PassCosts((1, 128), (1.0, 128.0))


def test_a_choice_costs_its_share_of_the_expected_text(grammar_of):
    grammar = grammar_of(signed=(True,) * 6 + (False,))
    plan = make_plan(grammar.start, FLAT, most_tokens=128)
    # Sign, leading digit, four digits; the last value has no sign, and the first only if it is
    # negative. Of 10,001 numbers one is 1.0000, whose four digits leave no choice.
    assert plan.num_choices == pytest.approx(6 * 6 + 5 - 0.5 - 7 * 4 / 10_001)
    assert plan.seconds_per_choice == plan.seconds / plan.num_choices


@pytest.mark.parametrize(
    ('sizes', 'seconds'), [((), ()), ((2, 4), (1.0, 1.0)), ((1, 1), (1.0, 1.0)), ((1, 2), (1.0,))]
)
def test_costs_that_are_not_a_curve_are_rejected(sizes, seconds):
    with pytest.raises(ValueError, match='ascend from 1'):
        PassCosts(sizes, seconds)


def test_costs_are_interpolated_between_sizes_and_extrapolated_beyond():
    costs = PassCosts((1, 3, 5), (1.0, 2.0, 6.0))
    assert [costs.of(size) for size in (1, 2, 3, 4, 7)] == [1.0, 1.5, 2.0, 4.0, 10.0]


def test_costs_can_be_moved_towards_others():
    one, other = PassCosts((1, 3), (1.0, 2.0)), PassCosts((1, 5), (3.0, 7.0))
    between = one.towards(other, 0.25)
    assert [between.of(size) for size in (1, 3, 5)] == [1.5, 2.75, 4.0]
    assert [one.towards(other, 1.0).of(size) for size in (1, 3, 5)] == [3.0, 5.0, 7.0]


def test_one_measured_size_applies_to_all():
    assert PassCosts((1,), (2.0,)).of(50) == 2.0


def test_if_tokens_cost_nothing_a_pass_makes_several_choices(grammar_of):
    plan = make_plan(grammar_of().start, FLAT, most_tokens=128)
    assert max(len(tree) for tree in plan.trees.values()) > 10
    assert plan.seconds < plan.num_choices


def test_if_each_token_costs_a_pass_nothing_is_read_ahead(grammar_of):
    plan = make_plan(grammar_of().start, STEEP, most_tokens=128)
    assert {len(tree) for tree in plan.trees.values()} == {0}


def test_no_tree_exceeds_the_maximum_size_of_a_pass(grammar_of):
    plan = make_plan(grammar_of().start, FLAT, most_tokens=16)
    assert max(len(tree) for tree in plan.trees.values()) < 16


END = Node((), (), (), 0)


def after(*following):
    return Node(tuple(range(len(following))), ('',) * len(following), following, 0)


LAST = after(END, END)
MIDDLE = after(LAST, after(after(LAST)), END)
BRANCHED = after(MIDDLE, after(MIDDLE), LAST)
FORCED_FIRST = after(after(BRANCHED))


def texts_of(node):
    """Yield every text as its steps."""
    if node is None:
        return [[]]
    return [[step, *rest] for step in node.steps for rest in texts_of(step.following)]


def seconds_of(text, num_choices, costs, forced):
    """Return the time of the passes of one text, given the number of choices per pass."""
    steps, num_settled, total = list(text), len(forced.token_ids), 0.0
    node = forced.following
    if not num_settled:
        first, *steps = steps
        node, num_settled = first.following, len(first.token_ids)
    while node is not None:
        num = num_choices[node, num_settled]
        total += costs.of(num_settled + len(digit_tree(node, num)))
        made, steps = steps[:num], steps[num:]
        node, num_settled = made[-1].following, len(made[-1].token_ids)
    return total


@pytest.mark.parametrize('start', [BRANCHED, FORCED_FIRST])
@pytest.mark.parametrize(
    'costs',
    [FLAT, STEEP, PassCosts((1, 4, 8, 64), (1.0, 1.1, 2.0, 20.0))],
)
def test_no_other_plan_takes_less_time_over_all_texts(start, costs):
    plan = make_plan(start, costs, most_tokens=64)
    places = list(plan.trees)
    texts = texts_of(start.forced().following)
    means = []
    for chosen in product((1, 2, 3), repeat=len(places)):
        num_choices = dict(zip(places, chosen, strict=True))
        all_s = [seconds_of(text, num_choices, costs, start.forced()) for text in texts]
        means.append(float(sum(map(Fraction, all_s)) / len(texts)))
    assert plan.seconds == pytest.approx(min(means))
    assert len({round(mean, 6) for mean in means}) > 1
