# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One of the texts that are printed together."""

from __future__ import annotations

from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.action_text.node import Node
from genvla_policy.decoding.decoded import Choice, Decoded


class Row:
    """One text while it is printed.

    Attributes:
        node: Where the next token is to be chosen. None if the text is complete.
        path: Tokens so far.
        num_given: Number of given actions that the text begins with.
        choices: The model's choices so far.
        num_passes: Number of passes so far.
    """

    def __init__(self, path: tuple[int, ...], node: Node | None, num_given: int) -> None:
        """Begin a text with tokens that the model did not choose."""
        self.path, self.node, self.num_given = list(path), node, num_given
        self.choices: list[Choice] = []
        self.num_passes = 0

    def decoded(self, grammar: TokenGrammar | BinGrammar) -> Decoded:
        """Return the text printed so far."""
        text = grammar.begun(self.path)
        return Decoded(tuple(self.path), text, tuple(self.choices), self.num_passes)

    def first_action(self, grammar: TokenGrammar | BinGrammar) -> Decoded | None:
        """Return the given actions and the next; None if it is incomplete or the text is done."""
        if self.node is None:
            return None
        text_format, num_steps = grammar.text_format, self.num_given + 1
        text = text_format.first_steps(grammar.begun(self.path), num_steps)
        if text is None:
            return None
        num_values = num_steps * len(text_format.signed)
        choices = tuple(c for c in self.choices if c.value_index < num_values)
        return Decoded(tuple(self.path), text, choices, self.num_passes)
