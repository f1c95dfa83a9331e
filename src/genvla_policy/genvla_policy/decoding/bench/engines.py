# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The decoder, with each of its features switched on in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional

from genvla_policy.action_heads import TextHead
from genvla_policy.decoding.bench.subjects import Subject
from genvla_policy.decoding.options import ONE_CHOICE_A_PASS, DecodingOptions
from genvla_policy.decoding.plan import PassCosts
from genvla_policy.models.fused_trunk import FusedTrunk
from genvla_policy.models.token_tree import TokenTree

OURS = 'genvla'
PLANNED, FEWEST = '+ fused layers', '  in the fewest passes'
_ANY_SIZE_ALIKE = PassCosts((1,), (1.0,))
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
    """

    name: str
    features: str
    print_action: Callable[[], Printed]
    is_bound: bool = True


def our_engines(subject: Subject) -> list[Engine]:
    """Return the decoder with more and more of its features."""
    fused = FusedTrunk.of(subject.model.trunk)
    return [
        Engine(OURS, 'a token a pass', _plain(subject, only_rows=False)),
        Engine(OURS, "+ grammar's rows", _plain(subject, only_rows=True)),
        Engine(OURS, '+ forced tokens', _head(subject, ONE_CHOICE_A_PASS)),
        Engine(OURS, '+ trees as planned', _head(subject, _NO_DRAFTS)),
        Engine(OURS, PLANNED, _head(subject, _NO_DRAFTS, fused=fused)),
        Engine(OURS, FEWEST, _head(subject, _FEWEST_PASSES, fused=fused)),
    ]


def _head(
    subject: Subject, options: DecodingOptions, *, fused: FusedTrunk | None = None
) -> Callable[[], Printed]:
    subject.model.fused = fused
    head = TextHead(subject.model, subject.grammar, options)
    head.warm_up()

    def print_action() -> Printed:
        subject.model.fused = fused
        [answer] = head.answer(subject.pixels_NCSS[None], [subject.prompt_ids])
        return Printed(answer.text, answer.num_passes)

    return print_action


def _plain(subject: Subject, *, only_rows: bool) -> Callable[[], Printed]:
    """One token in each pass, forced ones too: what the decoder is without its features."""
    model, grammar = subject.model, subject.grammar
    grammar_ids = torch.tensor(grammar.token_ids, device=model.device)
    row_of = {token_id: row for row, token_id in enumerate(grammar.token_ids)}
    rows_RD = model.output_rows(grammar.token_ids)
    cache = model.new_cache(
        num_rows=1,
        num_slots=model.config.num_image_tokens + 1 + len(subject.prompt_ids) + grammar.max_tokens,
    )

    @torch.inference_mode()
    def print_action() -> Printed:
        model.fused = None
        [hidden_D] = model.prefill(subject.pixels_NCSS[None], [subject.prompt_ids], cache)
        node, path = grammar.start, []
        while True:
            if only_rows:
                scores_R = functional.linear(hidden_D, rows_RD)
            else:
                scores_R = functional.linear(hidden_D, model.head_VD)[grammar_ids]
            scores = scores_R.tolist()
            path.append(max(node.token_ids, key=lambda token_id: scores[row_of[token_id]]))
            node = node.after(path[-1])
            if node.is_end:
                return Printed(grammar.decode(path), len(path) - 1)
            hidden_D = model.advance([TokenTree.chain(path[-1:])], cache)[0, 0]
            cache.keep([range(1)])

    return print_action
