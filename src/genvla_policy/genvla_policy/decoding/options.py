# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What a user may choose about decoding; none of it changes what is printed."""

from __future__ import annotations

from dataclasses import dataclass

from genvla_policy.decoding.plan import PassCosts


@dataclass(frozen=True)
class DecodingOptions:
    """How much memory decoding takes, and how it saves time.

    Attributes:
        max_prompt_tokens: Longest prompt, at least 1. Decides how much memory the cache takes.
        max_batch: Most observations that are answered at once, at least 1.
        max_pass_tokens: Most tokens that one pass reads but for a draft, at least 1; 1 turns the
            trees off.
        drafts: Guess that a chunk is like the one before.
        cuda_graphs: On a CUDA device, run passes as CUDA graphs, if the answers to a test when the
            policy warms up are those without them.
        pass_costs: What passes cost. None: measured when the policy warms up.

    Raises:
        ValueError: A number is below 1.
    """

    max_prompt_tokens: int = 128
    max_batch: int = 1
    max_pass_tokens: int = 128
    drafts: bool = True
    cuda_graphs: bool = True
    pass_costs: PassCosts | None = None

    def __post_init__(self) -> None:
        """Refuse what leaves no room."""
        for name in ('max_prompt_tokens', 'max_batch', 'max_pass_tokens'):
            if (value := getattr(self, name)) < 1:
                raise ValueError(f'{name} is {value}, expected at least 1')


ONE_CHOICE_A_PASS = DecodingOptions(max_pass_tokens=1, drafts=False)
"""Plain decoding but for forced tokens."""

SAME_PASSES = DecodingOptions(pass_costs=PassCosts((1, 64), (1.0, 7.0)))
"""The same passes on every machine, so the same rounding after the same answers: to compare.

The costs are the tiny policy's on one core, in passes of one token.
"""
