# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint's tokenizer: text to token ids, exactly as its tokenizer.json defines."""

from __future__ import annotations

import functools
import json
from pathlib import Path

from tokenizers import Tokenizer

TOKENIZER_FILE = 'tokenizer.json'
TOKENIZER_CONFIG_FILE = 'tokenizer_config.json'

PROMPT_TAGS = ('<VLM_PROMPT>', '<VLA_PROMPT>', '<VIS_TRACE_PROMPT>')
"""Tokens that mark a request: for words, an action, or a trace in the image (not used here).

Source: the paper's authors, prismatic/models/backbones/llm/llama2.py and gemma.py of
akshaygopalkr/vla-plus, which add them in this order.
"""


class TextTokenizer:
    """A `tokenizers` tokenizer and the names of its special tokens.

    It reads tokenizer.json itself. transformers' tokenizer classes rebuild parts of the pipeline
    for some model families, but a grammar must be derived from the tokenizer of the training.

    Attributes:
        tokenizer: The tokenizer.
        special_tokens: Token text by role ("bos", "eos", "image", ...).
    """

    def __init__(self, tokenizer: Tokenizer, special_tokens: dict[str, str]) -> None:
        """Wrap a tokenizer.

        Raises:
            ValueError: A special token is not in the vocabulary.
        """
        self.tokenizer = tokenizer
        self.special_tokens = dict(special_tokens)
        for role, token in special_tokens.items():
            if tokenizer.token_to_id(token) is None:
                raise ValueError(f'{role} token {token!r} is not in the tokenizer vocabulary')

    @classmethod
    def from_folder(cls, folder: Path) -> TextTokenizer:
        """Load tokenizer.json and the special tokens that tokenizer_config.json names."""
        settings = json.loads((folder / TOKENIZER_CONFIG_FILE).read_text(encoding='utf-8'))
        special_tokens = {}
        for key, token in settings.items():
            text = token.get('content') if isinstance(token, dict) else token
            if key.endswith('_token') and isinstance(text, str):
                special_tokens[key.removesuffix('_token')] = text
        return cls(Tokenizer.from_file(str(folder / TOKENIZER_FILE)), special_tokens)

    def with_roles(self, **roles: str) -> TextTokenizer:
        """Return the tokenizer with more of its tokens named as special ones.

        Raises:
            ValueError: A token is not in the vocabulary.
        """
        return TextTokenizer(self.tokenizer, {**self.special_tokens, **roles})

    def with_prompt_tags(self) -> TextTokenizer:
        """Return the tokenizer with PROMPT_TAGS; those that it lacks get the next free ids.

        They are added as plain tokens, as the authors do. A special token would be cut out before
        spaces are written as U+2581, and the words around it would become other tokens.
        """
        tokenizer = Tokenizer.from_str(self.tokenizer.to_str())
        tokenizer.add_tokens([tag for tag in PROMPT_TAGS if tag not in self.vocabulary])
        return TextTokenizer(tokenizer, self.special_tokens)

    def save(self, folder: Path) -> None:
        """Write the two files in transformers' layout."""
        self.tokenizer.save(str(folder / TOKENIZER_FILE))
        settings: dict[str, object] = {'tokenizer_class': 'PreTrainedTokenizerFast'}
        settings |= {f'{role}_token': token for role, token in self.special_tokens.items()}
        text = json.dumps(settings, indent=2) + '\n'
        (folder / TOKENIZER_CONFIG_FILE).write_text(text, encoding='utf-8')

    def special_id(self, role: str) -> int:
        """Return the id of a special token.

        Raises:
            ValueError: The tokenizer has no such token; the message lists those it has.
        """
        if role not in self.special_tokens:
            raise ValueError(
                f'the tokenizer has no {role!r} token; available: {sorted(self.special_tokens)}'
            )
        return self.vocabulary[self.special_tokens[role]]

    def encode(self, text: str) -> list[int]:
        """Return the token ids of a text, without special tokens."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def decode(self, ids: list[int]) -> str:
        """Return the text of token ids, including special tokens."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=False))

    @functools.cached_property
    def special_texts(self) -> tuple[str, ...]:
        """Texts that are control tokens wherever they stand, including prompt tags."""
        added = self.tokenizer.get_added_tokens_decoder().values()
        return tuple(
            token.content for token in added if token.special or token.content in PROMPT_TAGS
        )

    @functools.cached_property
    def vocabulary(self) -> dict[str, int]:
        """Ids by token."""
        return dict(self.tokenizer.get_vocab(with_added_tokens=True))

    @property
    def vocabulary_size(self) -> int:
        """One more than the largest id."""
        return max(self.vocabulary.values()) + 1
