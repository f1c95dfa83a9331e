# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How a tokenizer splits the characters of an answer into tokens."""

from __future__ import annotations

import itertools

from genvla_policy.text.tokenizer import TextTokenizer


class TokenizerUnsuited(ValueError):
    """The tokenizer cannot write the action text and read it back."""


class Spelling:
    """Splits text as a tokenizer does right after a context (the end of the prompt)."""

    def __init__(self, tokenizer: TextTokenizer, context: str) -> None:
        """Encode the context once."""
        self._tokenizer = tokenizer
        self._context = context
        self._context_ids = tokenizer.encode(context)
        self._context_text = tokenizer.decode(self._context_ids)
        # The end of the prompt may merge with characters that never start an answer (many
        # tokenizers have a token ":."). So splits inside an answer are also tried after a newline.
        self._befores = (context, '\n')
        self._token_texts: dict[int, str] = {}
        self._neighbours: dict[tuple[int | None, int], bool] = {}

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text after the context.

        Raises:
            TokenizerUnsuited: The tokenizer merges the context and the text.
        """
        ids = self._tokenizer.encode(self._context + text)
        split = len(self._context_ids)
        if ids[:split] != self._context_ids:
            raise TokenizerUnsuited(
                f'the tokenizer merges the end of the prompt {self._context!r} with the first '
                f'characters of the answer {text[:4]!r}; end the prompt with a newline, or move '
                'its trailing space to the answer prefix'
            )
        return ids[split:]

    def text(self, ids: list[int]) -> str | None:
        """Return the text that tokens add after the context; None if they change the context."""
        text = self._tokenizer.decode([*self._context_ids, *ids])
        if not text.startswith(self._context_text):
            return None
        return text[len(self._context_text) :]

    def round_trips(self, text: str) -> bool:
        """Return whether decoding a text's tokens gives the text back."""
        encode, decode = self._tokenizer.encode, self._tokenizer.decode
        return any(
            decode(encode(before + text)) == decode(encode(before)) + text
            for before in self._befores
        )

    def tokens(self, alphabet: frozenset[str], probes: list[str]) -> dict[int, str]:
        """Return the tokens that spell characters of the alphabet, with their texts.

        Candidates are the vocabulary's pieces made of these characters (with the space marks of
        SentencePiece and of byte-level BPE), and the tokens of the probes (for example byte
        tokens).
        """
        marks = str.maketrans('\u2581\u0120', '  ')
        ids = {
            token_id
            for token, token_id in self._tokenizer.vocabulary.items()
            if alphabet.issuperset(token.translate(marks))
        }
        ids.update(itertools.chain.from_iterable(self.encode(probe) for probe in probes))
        for token_id in sorted(ids):
            text = self.text([token_id])
            if text and alphabet.issuperset(text) and self._cuts(text, [token_id]):
                self._token_texts[token_id] = text
        return self._token_texts

    def are_neighbours(self, previous: int | None, token_id: int) -> bool:
        """Return whether the tokenizer itself puts these two tokens side by side."""
        pair = (previous, token_id)
        if pair not in self._neighbours:
            self._neighbours[pair] = self._are_neighbours(previous, token_id)
        return self._neighbours[pair]

    def _are_neighbours(self, previous: int | None, token_id: int) -> bool:
        text = self._token_texts[token_id]
        if previous is None:
            return self._tokenizer.encode(self._context + text) == [*self._context_ids, token_id]
        return self._cuts(self._token_texts[previous] + text, [previous, token_id])

    def _cuts(self, text: str, ids: list[int]) -> bool:
        """Return whether the tokenizer splits a text into these tokens inside an answer."""
        return any(
            self._tokenizer.encode(before + text) == [*self._tokenizer.encode(before), *ids]
            for before in self._befores
        )
