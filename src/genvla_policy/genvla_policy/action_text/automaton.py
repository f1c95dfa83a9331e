# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The automaton of the characters in an action chunk's text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from genvla_policy.action_text.formats import ActionFormat


@dataclass(frozen=True, eq=False)
class NumberState:
    """A position inside a number: the characters that may come next, and whether it may end."""

    next: dict[str, NumberState]
    is_end: bool


@dataclass(frozen=True)
class TextState:
    """A position inside the text of a chunk.

    Attributes:
        value_index: Index of the flattened value being written; num_values after the last one.
        number: Position inside that number; None while `literal` is not empty, and at the end.
        literal: Characters that must come next (the rest of a prefix, separator or terminator).
    """

    value_index: int
    number: NumberState | None
    literal: str = ''


class TextAutomaton:
    """Deterministic acyclic automaton that accepts exactly the texts that a format can write.

    It is built from the set of numbers that the format writes, not from a separate pattern, so the
    two cannot disagree.
    """

    def __init__(self, text_format: ActionFormat, prefix: str = '') -> None:
        """Build the automaton of the prefix followed by one chunk."""
        self._format = text_format
        self.start = self._before(0, prefix)

    def arcs(self, state: TextState) -> dict[str, TextState]:
        """Return the characters that may come next, each with the state that it leads to."""
        if state.literal:
            return {state.literal[0]: self._before(state.value_index, state.literal[1:])}
        if state.number is None:
            return {}
        index = state.value_index
        arcs = {char: TextState(index, after) for char, after in state.number.next.items()}
        if state.number.is_end:
            arcs.update(self._after_number(index))
        return arcs

    def is_end(self, state: TextState) -> bool:
        """Return whether the text is a complete chunk here (it may still continue)."""
        if state.literal:
            return False
        if state.number is None:
            return True
        is_last = state.value_index == self._format.num_values - 1
        return is_last and state.number.is_end and not self._format.terminator

    @property
    def alphabet(self) -> frozenset[str]:
        """Every character that occurs in some text."""
        chars = set(self._format.separator + self._format.terminator + self.start.literal)
        for signed in set(self._format.signed):
            chars.update(*self._format.numbers(signed=signed))
        return frozenset(chars)

    def _before(self, index: int, literal: str) -> TextState:
        if literal or index == self._format.num_values:
            return TextState(index, None, literal)
        return TextState(
            index, _number_automaton(type(self._format), self._format.is_signed(index))
        )

    def _after_number(self, index: int) -> dict[str, TextState]:
        last = index == self._format.num_values - 1
        literal = self._format.terminator if last else self._format.separator
        return {literal[0]: self._before(index + 1, literal[1:])} if literal else {}


@cache
def _number_automaton(kind: type[ActionFormat], signed: bool) -> NumberState:
    return minimal_automaton(kind.numbers(signed=signed))


def minimal_automaton(words: Iterable[str]) -> NumberState:
    """Return the start of the smallest automaton that accepts exactly these words."""
    known: dict[tuple[bool, tuple[tuple[str, int], ...]], NumberState] = {}

    def build(suffixes: list[str]) -> NumberState:
        branches: dict[str, list[str]] = {}
        for suffix in suffixes:
            if suffix:
                branches.setdefault(suffix[0], []).append(suffix[1:])
        following = {char: build(branches[char]) for char in sorted(branches)}
        key = ('' in suffixes, tuple((char, id(state)) for char, state in following.items()))
        return known.setdefault(key, NumberState(following, key[0]))

    return build(list(words))
