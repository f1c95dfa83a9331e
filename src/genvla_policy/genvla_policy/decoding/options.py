# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""User options of decoding; none of them changes the printed text."""

from __future__ import annotations

from dataclasses import dataclass

from genvla_policy.decoding.plan import PassCosts


@dataclass(frozen=True)
class DecodingOptions:
    """The memory that decoding may use, and how it saves time.

    Attributes:
        max_prompt_tokens: Length of the longest prompt, at least 1. Determines the cache's memory.
        max_batch: Maximum number of observations answered at once, at least 1.
        max_pass_tokens: Maximum number of tokens in one pass, not counting a draft, at least 1;
            1 turns the trees off.
        drafts: Guess that a chunk resembles the previous one.
        cuda_graphs: On a CUDA device, run passes as CUDA graphs. A test when the policy warms up
            must give the same answers as without them.
        pass_costs: Costs of passes. None: measured when the policy warms up.

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
        """Reject numbers below 1."""
        for name in ('max_prompt_tokens', 'max_batch', 'max_pass_tokens'):
            if (value := getattr(self, name)) < 1:
                raise ValueError(f'{name} is {value}, expected at least 1')


ONE_CHOICE_A_PASS = DecodingOptions(max_pass_tokens=1, drafts=False)
"""Plain decoding, except that forced tokens need no pass of their own."""

SAME_PASSES = DecodingOptions(pass_costs=PassCosts((1, 64), (1.0, 7.0)))
"""The same passes on every machine, so the same rounding after the same answers: for comparisons.

The costs are those of the tiny policy on one core, in units of a one-token pass.
"""
