# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The plan that prints a chunk in the least time on a machine of given costs."""

import pytest

from genvla_policy.decoding.plan import PassCosts, make_plan

# However many tokens, a pass costs the same: the plan takes the fewest passes.
FLAT = PassCosts((1, 128), (1.0, 1.0))
# A pass costs as much as its tokens: nothing is worth reading in advance.
STEEP = PassCosts((1, 128), (1.0, 128.0))


def test_a_choice_costs_its_share_of_the_longest_text(grammar_of):
    grammar = grammar_of(signed=(True,) * 6 + (False,))
    plan = make_plan(grammar.start, FLAT, most_tokens=128)
    # Sign, leading digit, four digits; the last value has no sign.
    assert plan.num_choices == 6 * 6 + 5
    assert plan.seconds_per_choice == plan.seconds / 41


@pytest.mark.parametrize(
    ('sizes', 'seconds'), [((), ()), ((2, 4), (1.0, 1.0)), ((1, 1), (1.0, 1.0)), ((1, 2), (1.0,))]
)
def test_costs_that_are_no_curve_are_refused(sizes, seconds):
    with pytest.raises(ValueError, match='ascend from 1'):
        PassCosts(sizes, seconds)


def test_costs_between_two_sizes_are_interpolated_and_the_last_slope_goes_on():
    costs = PassCosts((1, 3, 5), (1.0, 2.0, 6.0))
    assert [costs.of(size) for size in (1, 2, 3, 4, 7)] == [1.0, 1.5, 2.0, 4.0, 10.0]


def test_one_measured_size_stands_for_all():
    assert PassCosts((1,), (2.0,)).of(50) == 2.0


def test_where_tokens_cost_nothing_several_choices_are_made_in_a_pass(grammar_of):
    plan = make_plan(grammar_of().start, FLAT, most_tokens=128)
    assert max(len(tree) for tree in plan.trees.values()) > 10
    assert plan.seconds < plan.num_choices


def test_where_each_token_costs_a_pass_nothing_is_read_in_advance(grammar_of):
    plan = make_plan(grammar_of().start, STEEP, most_tokens=128)
    assert {len(tree) for tree in plan.trees.values()} == {0}


def test_no_tree_is_larger_than_a_pass_may_be(grammar_of):
    plan = make_plan(grammar_of().start, FLAT, most_tokens=16)
    assert max(len(tree) for tree in plan.trees.values()) < 16
