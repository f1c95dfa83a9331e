# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The character automaton of a format."""

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_policy.action_text.automaton import TextAutomaton, minimal_automaton
from genvla_policy.action_text.formats import ACTION_FORMATS, action_format

FORMATS = [action_format(name, horizon=2, signed=(True, False)) for name in ACTION_FORMATS]


def language(state):
    words = {''} if state.is_end else set()
    return words | {c + rest for c, after in state.next.items() for rest in language(after)}


@given(st.sets(st.text('ab', max_size=4)))
def test_a_minimal_automaton_accepts_exactly_its_words(words):
    assert language(minimal_automaton(words)) == words


def test_equal_endings_share_their_states():
    start = minimal_automaton(['0.5', '1.5'])
    assert start.next['0'] is start.next['1']


@pytest.mark.parametrize('text_format', FORMATS, ids=ACTION_FORMATS)
@given(data=st.data())
def test_every_path_of_characters_is_a_text_that_parses(text_format, data):
    automaton = TextAutomaton(text_format)
    state, text = automaton.start, ''
    while not (
        automaton.is_end(state) and (not automaton.arcs(state) or data.draw(st.booleans()))
    ):
        char = data.draw(st.sampled_from(sorted(automaton.arcs(state))))
        state, text = automaton.arcs(state)[char], text + char
    assert text_format.decode(text).shape == (2, 2)


def test_the_prefix_comes_first():
    automaton = TextAutomaton(FORMATS[0], prefix=' ')
    assert list(automaton.arcs(automaton.start)) == [' ']


def test_an_unsigned_number_cannot_start_with_a_minus():
    automaton = TextAutomaton(action_format('fixed4', horizon=1, signed=(False,)))
    assert sorted(automaton.arcs(automaton.start)) == ['0', '1']


def test_all_characters_after_a_leading_one_are_forced():
    automaton = TextAutomaton(action_format('fixed4', horizon=1, signed=(True,)))
    state, forced = automaton.arcs(automaton.start)['1'], '1'
    while len(arcs := automaton.arcs(state)) == 1:
        ((char, state),) = arcs.items()
        forced += char
    assert forced == '1.0000'
    assert automaton.is_end(state)


def test_the_value_index_counts_the_numbers():
    automaton = TextAutomaton(FORMATS[0])
    state, indices = automaton.start, []
    for char in FORMATS[0].encode(np.zeros((2, 2))):
        state = automaton.arcs(state)[char]
        indices.append(state.value_index)
    assert indices == [0] * 6 + [1] * 7 + [2] * 7 + [3] * 7
