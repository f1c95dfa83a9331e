# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The decoder, with each of its features switched on in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.decoding.subjects import Subject
from benchmarks.decoding.token_by_token import TokenByToken
from genvla_policy.decoding.options import ONE_CHOICE_A_PASS, DecodingOptions
from genvla_policy.decoding.plan import PassCosts
from genvla_policy.inference.action_heads import TextHead
from genvla_policy.models.encoders import DualEncoder
from genvla_policy.models.vla import VLA

OURS = 'genvla'
PLANNED, FEWEST = '+ fused layers', '  in the fewest passes'
GRAPHS = '+ CUDA graphs'
_ANY_SIZE_ALIKE = PassCosts((1, 128), (1.0, 1.0))
_NO_DRAFTS = DecodingOptions(drafts=False)
_FEWEST_PASSES = DecodingOptions(drafts=False, pass_costs=_ANY_SIZE_ALIKE)


@dataclass(frozen=True)
class Printed:
    """One action.

    Attributes:
        text: What was printed.
        num_passes: How often the model was run for it, after the prompt.
    """

    text: str
    num_passes: int


@dataclass(frozen=True)
class Engine:
    """One way to print an action.

    Attributes:
        name: Whose it is.
        features: What is on.
        print_action: Reads pictures and prompt and prints; takes all its time within the call.
        is_bound: Whether it keeps to the grammar.
        is_fused: Whether the model's layers and towers are to be fused while it prints.
    """

    name: str
    features: str
    print_action: Callable[[], Printed]
    is_bound: bool = True
    is_fused: bool = False


def our_engines(subject: Subject, fuse: Callable[[bool], None]) -> list[Engine]:
    """Return the decoder with more and more of its features.

    Args:
        subject: What is asked.
        fuse: See fusion_switch(); what passes cost is measured as they will be run.
    """
    fuse(False)
    engines = [
        Engine(OURS, 'a token a pass', _plain(subject, only_rows=False)),
        Engine(OURS, "+ grammar's rows", _plain(subject, only_rows=True)),
        Engine(OURS, '+ forced tokens', _head(subject, ONE_CHOICE_A_PASS)),
        Engine(OURS, '+ trees as planned', _head(subject, _NO_DRAFTS)),
    ]
    fuse(True)
    engines += [
        Engine(OURS, PLANNED, _head(subject, _NO_DRAFTS), is_fused=True),
        Engine(OURS, FEWEST, _head(subject, _FEWEST_PASSES), is_fused=True),
    ]
    if subject.model.device.type == 'cuda':
        engines.append(Engine(OURS, GRAPHS, _graphed(subject), is_fused=True))
    return engines


def fusion_switch(model: VLA) -> Callable[[bool], None]:
    """Fuse a model's layers once; return what switches that on and off."""
    model.fuse()
    trunk = model.fused
    pairs = [(each, each.pair) for each in model.modules() if isinstance(each, DualEncoder)]

    def switch(on: bool) -> None:
        model.fused = trunk if on else None
        for encoder, pair in pairs:
            encoder.pair = pair if on else None

    return switch


def _head(subject: Subject, options: DecodingOptions) -> Callable[[], Printed]:
    head = TextHead(subject.model, subject.grammar, options)
    head.warm_up()

    def print_action() -> Printed:
        [answer] = head.answer(subject.pixels_NCSS[None], [subject.prompt_ids])
        return Printed(answer.text, answer.num_passes)

    return print_action


def _graphed(subject: Subject) -> Callable[[], Printed]:
    """Print as planned, with passes as CUDA graphs; the other engines go without them."""
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


def _plain(subject: Subject, *, only_rows: bool) -> Callable[[], Printed]:
    plain = TokenByToken(subject, only_rows=only_rows)

    def print_action() -> Printed:
        spelled = plain.spell(subject.pixels_NCSS)
        return Printed(subject.grammar.decode(spelled.token_ids), len(spelled.token_ids) - 1)

    return print_action
