# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The grammar of the text that the language head of a configuration prints."""

from __future__ import annotations

from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.formats import action_format
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.models.config import VLAConfig
from genvla_policy.text.tokenizer import TextTokenizer


def build_grammar(
    config: VLAConfig, tokenizer: TextTokenizer, signed: tuple[bool, ...]
) -> TokenGrammar | BinGrammar:
    """Return the grammar of the text that the language head of a configuration prints.

    Raises:
        ValueError: The tokenizer cannot write the action format.
    """
    text_format = action_format(config.action_format, horizon=config.horizon, signed=signed)
    if config.action_head == 'bins':
        return BinGrammar(
            text_format,
            tokenizer,
            bins_end=config.dimensions.bins_end,
            prefix=config.answer_prefix,
        )
    return TokenGrammar(
        text_format,
        tokenizer,
        context=config.prompt_template.partition('{instruction}')[2],
        prefix=config.answer_prefix,
    )
