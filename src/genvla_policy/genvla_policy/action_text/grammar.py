# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The grammar of the tokens that a model prints for an action chunk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import functools
import random
from typing import Any

import numpy as np

from genvla_policy.action_text.automaton import TextAutomaton, TextState
from genvla_policy.action_text.formats import ActionFormat, ActionTextError
from genvla_policy.action_text.node import Node, children_first, follow_path, read_path
from genvla_policy.action_text.spelling import Spelling, TokenizerUnsuited
from genvla_policy.text.tokenizer import TextTokenizer

_NUM_PROBES = 64
_MOST_NAMED = 8


class TokenGrammar:
    """All token sequences that a given tokenizer itself produces for the texts of a format.

    Every path from `start` to an end is the tokenizer's own (canonical) tokenisation of one text
    that the format can write, followed by the end-of-text token. Every such text has exactly one
    path. So a model sees the tokenisation that it was trained on, and it cannot print a text that
    does not parse.

    No token id is hard-coded. The format's character automaton is walked with the tokenizer's own
    tokens, including merged punctuation (",-", " -"). Two tokens may be neighbours only where the
    tokenizer puts them side by side. No token holds two digits, so each digit is a choice of its
    own.

    Attributes:
        start: Where printing begins.
        token_ids: All tokens of the grammar, ascending.
        text_format: Format of the texts.
        prefix: Characters that come before the chunk in every text (a space after "Out:").
    """

    def __init__(
        self,
        text_format: ActionFormat,
        tokenizer: TextTokenizer,
        *,
        context: str,
        prefix: str = '',
    ) -> None:
        """Derive the grammar.

        Args:
            text_format: Format of the texts.
            tokenizer: The checkpoint's tokenizer; must name an "eos" token.
            context: Text right before the answer (the end of the prompt). It affects how the first
                characters are split into tokens.
            prefix: Characters that come before the chunk in every text.

        Raises:
            TokenizerUnsuited: The tokenizer cannot round-trip the texts or merges digits; the
                message gives the reason.
        """
        self.text_format = text_format
        self.prefix = prefix
        self._derived_from = text_format, tokenizer, context, prefix
        self._spelling = Spelling(tokenizer, context)
        self._automaton = TextAutomaton(text_format, prefix)
        self._eos_id = tokenizer.special_id('eos')
        self._check_characters()
        self._texts = self._spelling.tokens(self._automaton.alphabet, self._probes())
        self._check_digits()
        start = self._build()
        if start is None:
            raise TokenizerUnsuited(self._refusal('no sequence of its tokens spells an action'))
        self.start: Node = start
        self._check_probes()
        self.token_ids: tuple[int, ...] = tuple(
            sorted({token_id for node in self.nodes() for token_id in node.token_ids})
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Derive the grammar again in another process: its node chain is too long for pickle."""
        text_format, tokenizer, context, prefix = self._derived_from
        derive = functools.partial(TokenGrammar, context=context, prefix=prefix)
        return derive, (text_format, tokenizer)

    def encode(self, text: str) -> list[int]:
        """Return the path of one chunk's text: its token ids, including end-of-text.

        Raises:
            ActionTextError: The format cannot write the text.
        """
        ids = [*self._spelling.encode(self.prefix + text), self._eos_id]
        node = self.start
        for token_id in ids:
            node = node.after(token_id)
        if not node.is_end:
            raise ActionTextError(f'{text!r} is not a complete chunk')
        return ids

    def decode(self, token_ids: Iterable[int]) -> str:
        """Return the text of one path, without the prefix.

        Raises:
            ActionTextError: The tokens are not a path of the grammar.
        """
        return read_path(self.start, token_ids)[len(self.prefix) :]

    def begun(self, token_ids: Iterable[int]) -> str:
        """Return the text of the beginning of a path, without the prefix.

        Raises:
            ActionTextError: The tokens do not begin a path of the grammar.
        """
        return follow_path(self.start, token_ids)[1][len(self.prefix) :]

    def nodes(self) -> Iterator[Node]:
        """Yield every node once."""
        seen, stack = {id(self.start)}, [self.start]
        while stack:
            node = stack.pop()
            yield node
            for following in node.following:
                if id(following) not in seen:
                    seen.add(id(following))
                    stack.append(following)

    @functools.cached_property
    def max_tokens(self) -> int:
        """Length of the longest path, including end-of-text."""
        longest: dict[int, int] = {}
        for node in children_first(self.start, lambda node: node.following):
            longest[id(node)] = max((1 + longest[id(n)] for n in node.following), default=0)
        return longest[id(self.start)]

    def _build(self) -> Node | None:
        """Walk the automaton with the tokens, from the ends to the start."""
        built: dict[_Place, Node | None] = {}
        unique: dict[tuple[object, ...], Node] = {}
        start: _Place = (self._automaton.start, None)
        for place in children_first(start, lambda place: [p for _, p in self._arcs(place)]):
            built[place] = self._node(place, built, unique)
        return built[start]

    def _node(
        self,
        place: _Place,
        built: dict[_Place, Node | None],
        unique: dict[tuple[object, ...], Node],
    ) -> Node | None:
        """Return the node of one place; None if no path from it reaches an end."""
        index = place[0].value_index if place[0] is not None else self.text_format.num_values
        arcs = [(i, self._texts.get(i, ''), built[p]) for i, p in self._arcs(place)]
        alive = [(i, text, node) for i, text, node in arcs if node is not None]
        if not alive and place[0] is not None:
            return None
        key = (index, tuple((i, id(node)) for i, _, node in alive))
        if key not in unique:
            ids, texts, following = zip(*alive, strict=True) if alive else ((), (), ())
            unique[key] = Node(ids, texts, following, min(index, self.text_format.num_values - 1))
        return unique[key]

    def _arcs(self, place: _Place) -> list[tuple[int, _Place]]:
        state, previous = place
        if state is None:
            return []
        arcs: list[tuple[int, _Place]] = []
        for token_id, text in self._texts.items():
            after = self._walk(state, text)
            if after is not None and self._spelling.are_neighbours(previous, token_id):
                arcs.append((token_id, (after, token_id)))
        if self._automaton.is_end(state):
            arcs.append((self._eos_id, (None, self._eos_id)))
        return arcs

    def _walk(self, state: TextState, text: str) -> TextState | None:
        for char in text:
            after = self._automaton.arcs(state).get(char)
            if after is None:
                return None
            state = after
        return state

    def _probes(self) -> list[str]:
        """Return texts that exercise the tokenizer: fixed values and a fixed random sample."""
        dims = (self.text_format.horizon, len(self.text_format.signed))
        sample = random.Random(0)
        values = [np.full(dims, x) for x in (-1.0, -0.5, 0.0, 0.5, 1.0)]
        for _ in range(_NUM_PROBES):
            flat = [
                round(sample.uniform(-1.0, 1.0), sample.randint(1, 4))
                for _ in range(dims[0] * dims[1])
            ]
            values.append(np.array(flat).reshape(dims))
        return [self.prefix + self.text_format.encode(x) for x in values]

    def _check_characters(self) -> None:
        bad = [c for c in sorted(self._automaton.alphabet) if not self._spelling.round_trips(c)]
        if bad:
            raise TokenizerUnsuited(
                self._refusal(f'it cannot round-trip the characters {_quoted(bad)}')
            )

    def _check_digits(self) -> None:
        merged = [text for text in self._texts.values() if sum(map(str.isdigit, text)) > 1]
        if merged:
            raise TokenizerUnsuited(
                self._refusal(f'it merges digits: {_quoted(sorted(merged)[:_MOST_NAMED])}')
            )

    def _check_probes(self) -> None:
        for text in self._probes():
            node, spelled = self.start, ''
            for token_id in [*self._spelling.encode(text), self._eos_id]:
                if token_id not in node.token_ids:
                    rest = text[len(spelled) : len(spelled) + 4]
                    raise TokenizerUnsuited(
                        self._refusal(
                            f'its tokens for the characters {rest!r} of {text!r} depend on more '
                            'than the token before them'
                        )
                    )
                spelled += node.texts[node.token_ids.index(token_id)]
                node = node.after(token_id)

    def _refusal(self, reason: str) -> str:
        return (
            f'the tokenizer is unsuitable for {self.text_format.name!r} action text: {reason}. '
            'Choose another action_format, or a tokenizer that keeps digits separate (such as '
            'those of Gemma and Llama)'
        )


_Place = tuple[TextState | None, int | None]
"""A state of the automaton (None: after the end) and the token that led to it."""


def _quoted(chars: list[str]) -> str:
    return ', '.join(repr(char) for char in chars)
