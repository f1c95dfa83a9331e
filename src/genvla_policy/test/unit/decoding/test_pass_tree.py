# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The tokens that a row reads in a pass: settled ones, candidates, and a draft."""

import pytest

from genvla_policy.decoding.digit_tree import digit_tree
from genvla_policy.decoding.draft import GuessRates, draft_of
from genvla_policy.decoding.pass_tree import PassTree
from genvla_policy.decoding.plan import PassCosts, make_plan

FLAT = PassCosts((1, 128), (1.0, 1.0))


@pytest.fixture
def grammar(grammar_of):
    return grammar_of('bins256', signed=(True, True, True))


def test_a_row_with_nothing_to_read_reads_one_token():
    tree = PassTree.waiting()
    assert (tree.tokens.token_ids, tree.tokens.parents, tree.root) == ((0,), (-1,), 0)


def test_the_candidates_come_after_the_last_settled_token(grammar):
    tree = PassTree.of([7, 8], digit_tree(grammar.start, 2))
    assert tree.tokens.token_ids[:2] == (7, 8)
    assert tree.tokens.parents[:3] == (-1, 0, 1)
    assert tree.root == 1
    assert {place for place, _ in tree.ends} == {1}


def test_a_draft_without_costs_is_read_to_its_end(grammar):
    path = grammar.encode('1 2 3')
    plan = make_plan(grammar.start, FLAT, most_tokens=1)
    tree = PassTree.of([7], plan.trees[grammar.start, 1])
    tree.follow(draft_of(grammar.start, path), grammar.start, plan, GuessRates())
    # The last bin completes the chunk: nothing is decided after it.
    assert tree.tokens.token_ids == (7, *path[:2])


def test_a_draft_that_costs_more_than_it_saves_is_not_read(grammar):
    steep = PassCosts((1, 128), (1.0, 128.0))
    plan = make_plan(grammar.start, steep, most_tokens=1)
    tree = PassTree.of([7], plan.trees[grammar.start, 1])
    tree.follow(
        draft_of(grammar.start, grammar.encode('1 2 3')), grammar.start, plan, GuessRates()
    )
    assert tree.tokens.token_ids == (7,)


def test_a_guess_that_is_already_a_candidate_is_not_read_twice(grammar):
    plan = make_plan(grammar.start, FLAT, most_tokens=1)
    candidates = digit_tree(grammar.start, 2)
    tree = PassTree.of([7], candidates)
    path = grammar.encode('1 2 3')
    tree.follow(draft_of(grammar.start, path), grammar.start, plan, GuessRates())
    assert tree.tokens.token_ids == (7, *candidates.token_ids, path[1])
