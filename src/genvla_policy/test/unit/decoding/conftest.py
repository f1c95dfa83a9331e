# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Grammars, each derived once, and a model that is fast to build."""

import functools

import pytest
import torch

from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.formats import BINS_FORMAT, action_format
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.models.build import build_model
from genvla_policy.models.dimensions import Dimensions, TextDimensions, VisionDimensions
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

SIGNED = (True, True, False)
TINY_TOKENIZER = build_tiny_tokenizer()

MICRO_VISION = VisionDimensions(width=16, depth=1, num_heads=2, mlp_width=32, patch_size=16)
MICRO_TEXT = TextDimensions(
    width=32,
    depth=2,
    num_heads=2,
    num_kv_heads=1,
    head_dim=16,
    mlp_width=64,
    vocabulary_size=1024,
    context_length=512,
)


@functools.cache
def _grammar_of(name='fixed4', tokenizer=TINY_TOKENIZER, horizon=1, signed=SIGNED):
    text_format = action_format(name, horizon=horizon, signed=signed)
    if name == BINS_FORMAT:
        return BinGrammar(text_format, tokenizer, bins_end=1024)
    return TokenGrammar(text_format, tokenizer, context='?\n')


def _micro_model(tokenizer=TINY_TOKENIZER, seed=0):
    config = tiny_config('pi0_s', dimensions=Dimensions(32, MICRO_TEXT, siglip=MICRO_VISION))
    torch.manual_seed(seed)
    return build_model(config, tokenizer.with_prompt_tags()).eval()


@pytest.fixture(scope='session')
def grammar_of():
    """Return a function that derives a grammar; by default of three values in fixed4."""
    return _grammar_of


@pytest.fixture(scope='session')
def micro_model():
    """Return a function that builds a pi0_s of two layers with random weights."""
    return _micro_model
