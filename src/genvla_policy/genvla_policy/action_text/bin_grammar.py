# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The grammar of the tokens that a model prints when it answers in OpenVLA's bins."""

from __future__ import annotations

from collections.abc import Iterable

from genvla_policy.action_text.formats import ActionFormat
from genvla_policy.action_text.node import Node, follow_path, read_path
from genvla_policy.text.tokenizer import TextTokenizer


class BinGrammar:
    """One token per value: bin b is the token `bins_end - b`. End-of-text follows the last value.

    The interface is that of TokenGrammar, so the same decoders print both. The text of a path is
    the numbers of its bins.

    Source: openvla/openvla, prismatic/vla/action_tokenizer.py.

    Attributes:
        start: Where printing begins.
        token_ids: All tokens of the grammar, ascending.
        text_format: Format of the texts.
        max_tokens: Length of every path, including end-of-text.
    """

    def __init__(
        self,
        text_format: ActionFormat,
        tokenizer: TextTokenizer,
        *,
        bins_end: int,
        prefix: str = '',
    ) -> None:
        """Build the grammar.

        Args:
            text_format: Bins256.
            tokenizer: The checkpoint's tokenizer; must name an "eos" token.
            bins_end: One more than the largest bin token.
            prefix: Characters that come before the chunk; printed as a single token.

        Raises:
            ValueError: The tokenizer has no eos token, or no single token for the prefix.
        """
        self.text_format = text_format
        self._bins_end = bins_end
        self._eos_id = tokenizer.special_id('eos')
        last = text_format.num_values - 1
        end = Node((), (), (), last)
        node = Node((self._eos_id,), ('',), (end,), last)
        for index in reversed(range(text_format.num_values)):
            bins = sorted(map(int, text_format.numbers(signed=text_format.is_signed(index))))
            separator = text_format.separator if index else ''
            node = Node(
                tuple(bins_end - number for number in bins),
                tuple(f'{separator}{number}' for number in bins),
                (node,) * len(bins),
                max(index - 1, 0),
            )
        self._prefix_ids = [_single_token(tokenizer, prefix)] if prefix else []
        for token_id in self._prefix_ids:
            node = Node((token_id,), ('',), (node,), 0)
        self.start = node
        self.token_ids = tuple(
            sorted({*range(bins_end - 256, bins_end), self._eos_id, *self._prefix_ids})
        )
        self.max_tokens = len(self._prefix_ids) + text_format.num_values + 1

    def encode(self, text: str) -> list[int]:
        """Return the path of one chunk's text: its token ids, including end-of-text.

        Raises:
            ActionTextError: The format cannot write the text.
        """
        self.text_format.decode(text)
        bins = [self._bins_end - int(number) for number in text.split(self.text_format.separator)]
        return [*self._prefix_ids, *bins, self._eos_id]

    def decode(self, token_ids: Iterable[int]) -> str:
        """Return the text of one path.

        Raises:
            ActionTextError: The tokens are not a path of the grammar.
        """
        return read_path(self.start, token_ids)

    def begun(self, token_ids: Iterable[int]) -> str:
        """Return the text of the beginning of a path, without the prefix.

        Raises:
            ActionTextError: The tokens do not begin a path of the grammar.
        """
        return follow_path(self.start, token_ids)[1]


def _single_token(tokenizer: TextTokenizer, text: str) -> int:
    """Return the token of exactly this text; spaces are written as in Gemma's or Llama's."""
    for piece in (text.replace(' ', '\u2581'), text.replace(' ', '\u0120')):
        if piece in tokenizer.vocabulary:
            return tokenizer.vocabulary[piece]
    raise ValueError(f'the tokenizer has no single token for {text!r}, the text before the bins')
