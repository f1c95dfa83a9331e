# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure the number type in which a model runs fastest on this CPU.

Processors with AMX multiply bfloat16 several times as fast as float32. Those with AVX-512 BF16 are
up to twice as fast, others much slower.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
import functools
import time

import torch
from torch import nn

from genvla_policy.models.build import build_empty_model
from genvla_policy.models.config import VLAConfig
from genvla_policy.models.dimensions import TINY_VOCABULARY_SIZE
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.models.token_tree import TokenTree
from genvla_policy.models.vla import VLA

MeasureSeconds = Callable[[VLAConfig, torch.dtype], float]

_NUM_LAYERS = 2
_NUM_PROMPT_TOKENS = 32
_NUM_PASSES = 20
"""Number of passes after the prompt; an action takes 12 to 35."""
_NUM_REPEATS = 3
_WORTH = 1.3
"""Speed-up that justifies rounding to bfloat16."""
_SMALL = 100_000_000
"""With fewer weights, passes are mostly overhead; float32 prints the same on every machine."""


def multiplies_bfloat16() -> bool:
    """Return whether this processor has instructions that multiply bfloat16."""
    has = torch.cpu.get_capabilities()
    return bool(has.get('amx_bf16', False) or has.get('avx512_bf16', False))


def fastest_dtype(
    config: VLAConfig, num_parameters: int, measure: MeasureSeconds | None = None
) -> torch.dtype:
    """Return bfloat16 if answers on this CPU are clearly faster in it, otherwise float32.

    Args:
        config: Configuration of the model.
        num_parameters: Number of its weights.
        measure: Returns the time of an answer [s]. None: measure it if the processor has
            instructions for bfloat16.
    """
    if num_parameters < _SMALL or not (measure or multiplies_bfloat16()):
        return torch.float32
    return _fastest(config, measure or answer_seconds, torch.get_num_threads())


@functools.lru_cache
def _fastest(config: VLAConfig, measure: MeasureSeconds, num_threads: int) -> torch.dtype:
    """Return the faster type; each number of threads is measured once."""
    seconds = {dtype: measure(config, dtype) for dtype in (torch.float32, torch.bfloat16)}
    is_worth_it = seconds[torch.float32] > _WORTH * seconds[torch.bfloat16]
    return torch.bfloat16 if is_worth_it else torch.float32


@torch.inference_mode()
def answer_seconds(config: VLAConfig, dtype: torch.dtype) -> float:
    """Return the shortest time of some answers of the model's first layers [s]."""
    model = _first_layers(config, dtype)
    size = config.image_size
    pixels_BNCSS = torch.zeros(1, config.num_cameras, 3, size, size)
    num_read = config.num_image_tokens + 1 + _NUM_PROMPT_TOKENS
    cache = model.new_cache(num_rows=1, num_slots=num_read + 1)
    seconds = []
    for _ in range(1 + _NUM_REPEATS):
        started_s = time.perf_counter()
        model.prefill(pixels_BNCSS, [[0] * _NUM_PROMPT_TOKENS], cache)
        for _ in range(_NUM_PASSES):
            model.advance([TokenTree.chain([0])], cache)
        seconds.append(time.perf_counter() - started_s)
    # The first call does set-up work.
    return min(seconds[1:])


def _first_layers(config: VLAConfig, dtype: torch.dtype) -> VLA:
    """Return a model of the same widths with few layers and tokens, and arbitrary weights."""
    whole = config.dimensions
    dimensions = replace(
        whole,
        siglip=whole.siglip and replace(whole.siglip, depth=_NUM_LAYERS),
        dino=whole.dino and replace(whole.dino, depth=_NUM_LAYERS),
        text=replace(
            whole.text,
            depth=_NUM_LAYERS,
            vocabulary_size=TINY_VOCABULARY_SIZE,
            kept_layers=(),
        ),
        bins_end=TINY_VOCABULARY_SIZE,
    )
    few = replace(config, dimensions=dimensions, shared_blocks=0)
    model = build_empty_model(few, build_tiny_tokenizer())
    for owner in model.modules():
        for name, empty in owner.named_parameters(recurse=False):
            # Memory that is all zeros may be a single page.
            weight = torch.full(empty.shape, 0.01, dtype=dtype)
            setattr(owner, name, nn.Parameter(weight, requires_grad=False))
    model.eval().fuse()
    return model
