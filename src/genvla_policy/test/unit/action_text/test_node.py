# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Places of a token grammar: what may come next, and what has to."""

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


def test_a_token_that_may_not_come_is_refused_with_those_that_may():
    with pytest.raises(ActionTextError, match=r'token 3 may not come here; allowed: \[1, 2\]'):
        EITHER.after(3)


def test_a_path_has_the_texts_of_its_tokens():
    assert read_path(START, [7, 1, 9]) == '>a!'
    assert follow_path(START, [7, 1]) == (LAST, '>a')


def test_a_path_that_stops_early_is_no_whole_chunk():
    with pytest.raises(ActionTextError, match="'>a' is not a whole chunk"):
        read_path(START, [7, 1])


def test_every_place_comes_once_and_after_all_that_it_leads_to():
    order = list(children_first(START, lambda node: node.following))
    assert order == [END, LAST, EITHER, START]
