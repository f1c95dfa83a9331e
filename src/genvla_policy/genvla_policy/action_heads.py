# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What a model that has read its prompt answers: normalised actions, by each kind of head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray
import torch

from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.formats import action_format
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.decoding.greedy import GreedyDecoder
from genvla_policy.models.config import VLAConfig
from genvla_policy.models.pi0_flow import Pi0Flow
from genvla_policy.models.vla import VLA, Prefill
from genvla_policy.tokenizer import TextTokenizer


@dataclass(frozen=True, eq=False)
class Answer:
    """A chunk in the model's own numbers.

    Attributes:
        values: (H, A) float64, in [-1, 1], or [0, 1] where the action is not signed (the gripper).
        text: What the language head printed. Empty: it prints no text.
        confidence: (H,) float64 in [0, 1], see ActionChunk; (0,): the head has no measure.
    """

    values: NDArray[np.float64]
    text: str
    confidence: NDArray[np.float64]


class ActionHead(Protocol):
    """Answers what a model has read.

    Attributes:
        max_tokens: Most tokens that an answer takes of the model's context.
    """

    @property
    def max_tokens(self) -> int:
        """Most tokens that an answer takes of the model's context."""

    def answer(self, read: Prefill) -> Answer:
        """Answer what was read, once."""


class TextHead:
    """The language head: prints actions as digits or bins, under a grammar.

    Attributes:
        grammar: What it can print.
    """

    def __init__(self, model: VLA, grammar: TokenGrammar | BinGrammar) -> None:
        """Take the grammar's rows out of the model's language head."""
        self.grammar = grammar
        self._config = model.config
        self._decoder = GreedyDecoder(model, grammar)

    @property
    def max_tokens(self) -> int:
        """Most tokens that an answer takes of the model's context."""
        return self.grammar.max_tokens

    def answer(self, read: Prefill) -> Answer:
        """Print the actions of what was read, once.

        Raises:
            FloatingPointError: The model's numbers overflow in its dtype.
        """
        decoded = self._decoder.decode(read.hidden_D, read.cache)
        confidence = decoded.confidence(self._config.horizon, self._config.action_dim)
        values = self.grammar.text_format.decode(decoded.text)
        return Answer(values, decoded.text, np.array(confidence))


class FlowHead:
    """pi0's action expert: from noise to actions. No text, no confidence."""

    max_tokens = 0

    def __init__(self, model: Pi0Flow, signed: tuple[bool, ...], seed: int) -> None:
        """Set the range of the actions, and the noise.

        Args:
            model: The network.
            signed: Per action dimension: True if its values lie in [-1, 1], False if in [0, 1].
            seed: Decides the noise of every answer in turn.
        """
        self._model = model
        self._lower = np.where(signed, -1.0, 0.0)
        self._noise = torch.Generator().manual_seed(seed)

    def answer(self, read: Prefill) -> Answer:
        """Denoise the actions of what was read; they are clipped to their range.

        Raises:
            FloatingPointError: The model's numbers overflow in its dtype.
        """
        config = self._model.config
        noise_HA = torch.randn(config.horizon, config.action_dim, generator=self._noise)
        values = self._model.sample(read, noise_HA).double().cpu().numpy()
        if not np.isfinite(values).all():
            raise FloatingPointError(
                f'the action expert answers {values.tolist()}: its numbers overflow in '
                f'{self._model.dtype}; load the checkpoint with another dtype (float32)'
            )
        return Answer(np.clip(values, self._lower, 1.0), '', np.empty(0))


def build_action_head(
    model: VLA, tokenizer: TextTokenizer, signed: tuple[bool, ...], *, seed: int
) -> ActionHead:
    """Return the head that a model's configuration names.

    Args:
        model: The network with its weights.
        tokenizer: Its tokenizer.
        signed: Per action dimension: True if its values lie in [-1, 1], False if in [0, 1].
        seed: Decides the flow head's noise.

    Raises:
        ValueError: The tokenizer cannot write the action format.
    """
    config = model.config
    if config.action_head == 'flow':
        return FlowHead(cast(Pi0Flow, model), signed, seed)
    return TextHead(model, build_grammar(config, tokenizer, signed))


def build_grammar(
    config: VLAConfig, tokenizer: TextTokenizer, signed: tuple[bool, ...]
) -> TokenGrammar | BinGrammar:
    """Return what the language head of a configuration prints.

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
