# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Notices when the first action of a chunk is printed, while the later ones still are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.decoding.decoded import Decoded


class FirstAction:
    """Watches a decoder; see Decoder.decode()."""

    def __init__(
        self, grammar: TokenGrammar | BinGrammar, tell: Callable[[Decoded], None]
    ) -> None:
        """Call `tell` once, with the first row's first action as a chunk of its own."""
        self._grammar, self._tell = grammar, tell
        self._is_told = False

    def __call__(self, printed: Sequence[Decoded]) -> None:
        """Look at what has been printed so far."""
        if self._is_told:
            return
        begun = printed[0]
        if begun.text:
            # The whole chunk is complete, and will be told as such.
            self._is_told = True
            return
        action_dim = len(self._grammar.text_format.signed)
        text = self._grammar.text_format.first_step(self._grammar.begun(begun.token_ids))
        if text is not None:
            self._is_told = True
            choices = tuple(c for c in begun.choices if c.value_index < action_dim)
            self._tell(replace(begun, text=text, choices=choices))
