# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The decoder, with each of its features switched on in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.decoding.subjects import Subject
from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.decoding.grammar_head import GrammarHead
from genvla_policy.decoding.options import ONE_CHOICE_A_PASS, DecodingOptions
from genvla_policy.decoding.plan import PassCosts
from genvla_policy.decoding.token_by_token import TokenByToken
from genvla_policy.inference.action_heads import TextHead
from genvla_policy.models.vla import VLA

OURS = 'genvla'
PLANNED, FEWEST = '+ fused layers', '  in the fewest passes'
GRAPHS = '+ CUDA graphs'
_ANY_SIZE_ALIKE = PassCosts((1, 128), (1.0, 1.0))
_NO_DRAFTS = DecodingOptions(drafts=False)
_FEWEST_PASSES = DecodingOptions(drafts=False, pass_costs=_ANY_SIZE_ALIKE)


@dataclass(frozen=True)
class Printed:
    """One printed action or chunk.

    Attributes:
        text: The printed text.
        num_passes: Number of passes of the model after the prompt.
    """

    text: str
    num_passes: int


@dataclass(frozen=True)
class Engine:
    """One way to print an action.

    Attributes:
        name: Name of the implementation.
        features: Features that are on.
        print_action: Reads pictures and prompt and prints; all work happens within the call.
        is_bound: Whether it follows the grammar.
        is_fused: Whether the model's layers and towers must be fused while it prints.
    """

    name: str
    features: str
    print_action: Callable[[], Printed]
    is_bound: bool = True
    is_fused: bool = False


def our_engines(subject: Subject) -> list[Engine]:
    """Return the decoder with an increasing number of features, on a model that is fused."""
    # Measure the costs of passes under the conditions in which they run.
    with subject.model.unfused():
        engines = [
            Engine(OURS, 'one token per pass', _plain(subject, _WholeHead)),
            Engine(OURS, "+ grammar's rows", _plain(subject, GrammarHead)),
            Engine(OURS, '+ forced tokens', _head(subject, ONE_CHOICE_A_PASS)),
            Engine(OURS, '+ trees as planned', _head(subject, _NO_DRAFTS)),
        ]
    engines += [
        Engine(OURS, PLANNED, _head(subject, _NO_DRAFTS), is_fused=True),
        Engine(OURS, FEWEST, _head(subject, _FEWEST_PASSES), is_fused=True),
    ]
    if subject.model.device.type == 'cuda':
        engines.append(Engine(OURS, GRAPHS, _graphed(subject), is_fused=True))
    return engines


def _head(subject: Subject, options: DecodingOptions) -> Callable[[], Printed]:
    head = TextHead(subject.model, subject.grammar, options)
    head.warm_up()

    def print_action() -> Printed:
        [answer] = head.answer(subject.pixels_NCSS[None], [subject.prompt_ids])
        return Printed(answer.text, answer.num_passes)

    return print_action


def _graphed(subject: Subject) -> Callable[[], Printed]:
    """Print as planned, with passes as CUDA graphs; the other engines run without them."""
    model = subject.model
    model.capture_passes(True)
    print_action, graphs = _head(subject, _NO_DRAFTS), model.graphs
    model.graphs = None

    def print_graphed() -> Printed:
        model.graphs = graphs
        try:
            return print_action()
        finally:
            model.graphs = None

    return print_graphed


class _WholeHead(GrammarHead):
    """Scores all tokens of the vocabulary, as a model without a grammar does."""

    def __init__(self, model: VLA, grammar: TokenGrammar | BinGrammar) -> None:
        super().__init__(model, grammar)
        self._model = model

    def scores(self, hidden: Tensor) -> Any:
        scores = functional.linear(hidden, self._model.head_VD)
        return scores[..., list(self.grammar.token_ids)].float().tolist()


def _plain(
    subject: Subject, kind: Callable[[VLA, TokenGrammar | BinGrammar], GrammarHead]
) -> Callable[[], Printed]:
    model, grammar = subject.model, subject.grammar
    plain = TokenByToken(model, kind(model, grammar))
    num_read = model.config.num_image_tokens + 1 + len(subject.prompt_ids)
    cache = model.new_cache(num_rows=1, num_slots=num_read + grammar.max_tokens)

    @torch.inference_mode()
    def print_action() -> Printed:
        hidden_BD = model.prefill(subject.pixels_NCSS[None], [subject.prompt_ids], cache)
        [spelled] = plain.decode(hidden_BD, cache)
        return Printed(spelled.text, spelled.num_passes)

    return print_action
