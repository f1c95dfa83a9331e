# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Nodes of a token grammar: allowed and forced next tokens."""

import pytest

from genvla_policy.action_text.formats import ActionTextError
from genvla_policy.action_text.node import Node, children_first, follow_path, read_path

END = Node((), (), (), 0)
LAST = Node((9,), ('!',), (END,), 0)
EITHER = Node((1, 2), ('a', 'b'), (LAST, END), 0)
START = Node((7,), ('>',), (EITHER,), 0)


def test_forced_tokens_lead_to_the_next_choice():
    forced = START.forced()
    assert (forced.token_ids, forced.following) == ((7,), EITHER)


def test_a_step_is_a_chosen_token_and_those_forced_after_it():
    first, second = EITHER.steps
    assert (first.token_ids, first.following) == ((1, 9), None)
    assert (second.token_ids, second.following) == ((2,), None)


def test_a_forbidden_token_is_rejected_with_the_allowed_ones():
    with pytest.raises(ActionTextError, match=r'token 3 is not allowed here; allowed: \[1, 2\]'):
        EITHER.after(3)


def test_a_path_has_the_texts_of_its_tokens():
    assert read_path(START, [7, 1, 9]) == '>a!'
    assert follow_path(START, [7, 1]) == (LAST, '>a')


def test_a_path_that_stops_early_is_not_a_complete_chunk():
    with pytest.raises(ActionTextError, match="'>a' is not a complete chunk"):
        read_path(START, [7, 1])


def test_every_node_is_visited_once_and_after_its_children():
    order = list(children_first(START, lambda node: node.following))
    assert order == [END, LAST, EITHER, START]
