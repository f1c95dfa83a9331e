# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Drafts of the printed text, and the rates at which they are accepted."""

import pytest

from genvla_policy.decoding.draft import GuessRates, draft_of


def test_a_draft_has_a_guess_for_every_choice_of_its_path(grammar_of):
    grammar = grammar_of(signed=(False,))
    draft = draft_of(grammar.start, grammar.encode('0.5000'))
    guessed = [token_id for step in draft.values() for token_id in step.token_ids]
    assert all(not node.is_forced for node in draft)
    assert [t for t in grammar.encode('0.5000') if t in guessed] == guessed


def test_nodes_that_two_numbers_share_take_the_guess_of_the_later_number(grammar_of):
    grammar = grammar_of(signed=(True, True))
    draft = draft_of(grammar.start, grammar.encode('0.1111 0.2222'))
    second = draft_of(grammar.start, grammar.encode('0.3333 0.2222'))
    assert draft.keys() == second.keys()
    assert sum(draft[node].token_ids != second[node].token_ids for node in draft) == 4


def test_without_counts_a_guess_has_probability_one_half(grammar_of):
    assert GuessRates().of(grammar_of().start) == 0.5


def test_a_rate_is_smoothed_by_laplace(grammar_of):
    rates, node = GuessRates(), grammar_of().start
    for is_right in (True, True, False):
        rates.count(node, is_right=is_right)
    assert rates.of(node) == pytest.approx(3 / 5)


def test_old_guesses_count_less(grammar_of):
    rates, node = GuessRates(), grammar_of().start
    for _ in range(64):
        rates.count(node, is_right=True)
    for _ in range(64):
        rates.count(node, is_right=False)
    # Counts are halved at 64: 32 of 32, then 32 of 64, then 16 of 32.
    assert rates.of(node) < 0.5
