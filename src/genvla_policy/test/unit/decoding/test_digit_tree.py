# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The candidates of the next choices as one tree."""

from genvla_policy.decoding.digit_tree import digit_tree


def first_choice(grammar):
    return grammar.start.forced().following


def test_one_choice_needs_no_token(grammar_of):
    tree = digit_tree(first_choice(grammar_of()), 1)
    assert (len(tree), dict(tree.ends)) == (0, {})


def test_two_choices_need_every_candidate_of_the_first_with_its_forced_tokens(grammar_of):
    node = first_choice(grammar_of())
    tree = digit_tree(node, 2)
    assert len(tree) == sum(len(step.token_ids) for step in node.steps)
    assert {token_id for _, token_id in tree.ends} == set(node.token_ids)


def test_ancestors_come_first(grammar_of):
    tree = digit_tree(first_choice(grammar_of()), 3)
    assert all(parent < place for place, parent in enumerate(tree.parents))


def test_a_step_that_completes_the_chunk_is_not_in_the_tree(grammar_of):
    grammar = grammar_of('bins256', signed=(True, True))
    last = digit_tree(grammar.start.steps[0].following, 2)
    assert len(last) == 0
