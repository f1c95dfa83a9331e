# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Compare the fast decoder with plain greedy decoding on one answer, on the machine that runs it.

Tests show that both print the same text. This check finds what tests on other machines cannot: a
driver, a kernel or a number type that computes something else on this machine.

Shape suffixes: T tokens of the answer, R tokens of the grammar, D width of the language model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook

from genvla_policy.decoding.decoded import Decoded
from genvla_policy.decoding.token_by_token import Spelled
from genvla_policy.inference.action_heads import TextHead
from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.vla import VLA

_MOST_TOKENS = 64
"""Number of tokens that plain decoding prints. A whole chunk of eight actions would take four
times as many. On a large model, that would take longer than the rest of the warm-up."""


@dataclass(frozen=True)
class EngineCheck:
    """Comparison of two ways to print an answer; `fast` is the first that differs, if any.

    Attributes:
        plain: Result of plain decoding, as far as it went.
        fast: Result of the fast decoder.
        num_passes: Number of passes of the fast decoder without a draft.
        place: Number of characters before the first difference. None if the texts are the same.
        margin: Score of plain decoding's own token there, minus that of the fast decoder's token.
        rounding: How far rounding moves two scores apart; a larger margin is not a tie.
    """

    plain: Spelled
    fast: Decoded
    num_passes: int
    place: int | None = None
    margin: float = 0.0
    rounding: float = 0.0

    @property
    def is_right(self) -> bool:
        """Whether the texts are the same, or differ at a tie."""
        return self.margin <= self.rounding

    def __str__(self) -> str:
        """Return one line for the log."""
        same, whole = len(self.plain.text), len(self.fast.text)
        passes = f'{self.num_passes} passes instead of {len(self.fast.token_ids) - 1}'
        if self.place is None:
            length = f'{whole} characters' if same == whole else f'first {same} of {whole}'
            return f'fast and plain decoding print the same text ({length}, {passes})'
        scores = f'scores {self.margin:.2g} apart, rounding {self.rounding:.2g}'
        if self.is_right:
            return (
                'fast and plain decoding print the same text up to a tie '
                f'(after {self.place} of {whole} characters, {scores}, {passes})'
            )
        begin = max(0, self.place - 10)
        texts = [repr(each.text[begin : self.place + 10]) for each in (self.fast, self.plain)]
        return (
            f'fast decoding prints {texts[0]} where plain decoding prints {texts[1]} '
            f'(from character {begin}; {scores})'
        )


def check_engine(
    head: TextHead, pixels_BNCSS: Tensor, prompts: Sequence[Sequence[int]]
) -> EngineCheck:
    """Print the answer to one image and prompt in both ways.

    The fast decoder answers without a draft and with a correct one. If it has CUDA graphs, it does
    each twice: a graph is captured when a shape occurs for the second time.

    Args:
        head: Head that prints.
        pixels_BNCSS: Images of one row.
        prompts: Prompt of one row.

    Raises:
        FloatingPointError: The model's numbers overflow in its dtype.
    """
    [plain] = head.spell(pixels_BNCSS, prompts, most_tokens=_MOST_TOKENS)
    num_times = 1 if head.model.graphs is None else 2
    printed: list[Decoded] = []
    for is_drafted in (False, True) if head.drafts else (False,):
        drafts = [printed[0].text] if is_drafted else []
        for _ in range(num_times):
            printed += head.decode(pixels_BNCSS, prompts, drafts=drafts)
    num_passes, num_tokens = printed[0].num_passes, len(plain.token_ids)
    for fast in printed:
        if fast.token_ids[:num_tokens] != plain.token_ids:
            place, margin = _difference(head, plain, fast)
            rounding = _rounding(head, pixels_BNCSS, prompts, plain)
            return EngineCheck(plain, fast, num_passes, place, margin, rounding)
    return EngineCheck(plain, printed[0], num_passes)


def _difference(head: TextHead, plain: Spelled, fast: Decoded) -> tuple[int, float]:
    """Return the number of characters before the first different token, and the margin there."""
    index, token_id, other_id = next(
        (index, *pair)
        for index, pair in enumerate(zip(plain.token_ids, fast.token_ids, strict=False))
        if pair[0] != pair[1]
    )
    scores = plain.scores[index]
    text = head.grammar.begun(plain.token_ids[:index])
    return len(text), scores[token_id] - scores[other_id]


@torch.inference_mode()
def _rounding(
    head: TextHead, pixels_BNCSS: Tensor, prompts: Sequence[Sequence[int]], plain: Spelled
) -> float:
    """Return the measured amount by which rounding moves the scores of two tokens apart.

    The scores are computed again as in training: the whole text in one pass without a cache, while
    every layer's output is rounded differently. No part of the fast decoder is involved. The
    result is three standard deviations of the resulting change between two scores, and at least
    one unit in the last place of the largest score.
    """
    model, config = head.model, head.model.config
    sample = Sample.of_answer(
        pixels_BNCSS[0].cpu(), [model.bos_id, *prompts[0]], list(plain.token_ids)
    )
    batch = Batch.collate(
        [sample],
        num_cameras=config.num_cameras,
        horizon=config.horizon,
        action_dim=config.action_dim,
    ).to(model.device)
    with model.unfused(), _other_rounding(model):
        [hidden_LD] = model.hidden_states(model.sequences(batch))
    hidden_TD = hidden_LD[-1 - len(plain.token_ids) : -1]
    other_TR = (hidden_TD @ model.output_rows(head.grammar.token_ids).T).double().cpu()
    plain_TR = torch.tensor([list(each.values()) for each in plain.scores], dtype=torch.double)
    change_TR = other_TR - plain_TR
    # Two scores change independently, so the variance of their difference is twice that of one.
    deviation = math.sqrt(2.0 * float(change_TR.var(dim=1).mean()))
    least = torch.finfo(model.dtype).eps * float(plain_TR.abs().max())
    return max(3.0 * deviation, least)


@contextmanager
def _other_rounding(model: VLA) -> Iterator[None]:
    """Randomly change the output of every layer by as much as rounding may, inside this context.

    16-bit types are summed in float32 and rounded once, by at most half a unit in the last place.
    In float32, every addition rounds: after n of them, the error is about sqrt(n) times as large.

    Sources: Parker, "Monte Carlo Arithmetic", 1997; Higham and Mary, "A New Approach to
    Probabilistic Rounding Error Analysis", SIAM J. Sci. Comput. 41(5), 2019 (the square root).
    """
    info = torch.finfo(model.dtype)
    num_additions = model.config.dimensions.text.width if info.bits == 32 else 1
    most = info.eps / 2.0 * math.sqrt(num_additions)
    noise = torch.Generator(model.device).manual_seed(0)

    def round_otherwise(module: nn.Module, args: object, output: Any) -> Any:
        if not isinstance(output, Tensor) or not output.is_floating_point():
            return output
        share = torch.rand(output.shape, generator=noise, device=output.device) * 2.0 - 1.0
        return (output.float() * (1.0 + most * share)).to(output.dtype)

    hook = register_module_forward_hook(round_otherwise)
    try:
        yield
    finally:
        hook.remove()
