# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Models to measure: random weights at three sizes, or a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.checkpoint.folder import Checkpoint
from genvla_policy.inference.policy import Policy
from genvla_policy.models.answer_grammar import build_grammar
from genvla_policy.models.build import build_empty_model
from genvla_policy.models.config import VLAConfig
from genvla_policy.models.dimensions import DIMENSIONS, Dimensions, VisionDimensions
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.models.vla import VLA
from genvla_policy.text.tokenizer import TextTokenizer

INSTRUCTION = 'pick up the carrot'

_MID_TEXT = replace(
    DIMENSIONS['pi0', 'full'].text,
    width=768,
    depth=12,
    head_dim=96,
    mlp_width=3072,
    vocabulary_size=32064,
    context_length=2048,
)
_MID_VISION = VisionDimensions(width=768, depth=12, num_heads=12, mlp_width=3072, patch_size=14)
_MID: Mapping[str, Dimensions] = {
    'pi0': Dimensions(224, _MID_TEXT, siglip=_MID_VISION),
    'openvla': Dimensions(
        224,
        replace(_MID_TEXT, num_kv_heads=8),
        siglip=_MID_VISION,
        dino=replace(_MID_VISION, num_registers=4),
        bins_end=32000,
    ),
}
"""About 300 M weights, with the full size's picture, patches and attention layout."""

BENCH_SIZES = ('tiny', 'mid', 'full')


@dataclass(frozen=True, eq=False)
class Subject:
    """A model, and its input.

    Attributes:
        model: The network with its weights, in evaluation mode.
        tokenizer: Its tokenizer.
        grammar: Grammar of its text.
        pixels_NCSS: Its pictures.
        prompt_ids: Its prompt, without <bos>.
    """

    model: VLA
    tokenizer: TextTokenizer
    grammar: TokenGrammar | BinGrammar
    pixels_NCSS: Tensor
    prompt_ids: list[int]

    @classmethod
    def of(cls, model: VLA, tokenizer: TextTokenizer, signed: tuple[bool, ...]) -> Subject:
        """Return a model with pictures of noise; their contents do not affect the time."""
        config = model.config
        size = config.image_size
        noise = torch.Generator().manual_seed(0)
        pixels_NCSS = torch.rand(config.num_cameras, 3, size, size, generator=noise) * 2.0 - 1.0
        return cls(
            model.eval().requires_grad_(False),
            tokenizer,
            build_grammar(config, tokenizer, signed),
            pixels_NCSS.to(model.device),
            tokenizer.encode(config.prompt(INSTRUCTION)),
        )

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.model.config.name


def random_subject(
    system: str,
    size: str,
    *,
    device: torch.device,
    dtype: torch.dtype,
    seed: int = 0,
    **changes: Any,
) -> Subject:
    """Return a system with random weights.

    Args:
        system: A name in SYSTEMS, with a language head.
        size: One of BENCH_SIZES.
        device: Device of the weights.
        dtype: Number type of the weights.
        seed: Seed of the weights.
        changes: Fields of VLAConfig to change.

    Raises:
        ValueError: The system or size is unknown, or the system has no language head.
        torch.OutOfMemoryError: The model does not fit.
    """
    config = bench_config(system, size, **changes)
    if config.action_head == 'flow':
        raise ValueError(f'{system} generates no text; choose a system with a language head')
    tokenizer = build_tiny_tokenizer()
    model = build_empty_model(config, tokenizer)
    noise = torch.Generator(device).manual_seed(seed)
    for owner in model.modules():
        for name, empty in owner.named_parameters(recurse=False):
            weight = torch.empty(empty.shape, device=device, dtype=dtype)
            if empty.ndim > 1:
                weight.normal_(std=empty.shape[-1] ** -0.5, generator=noise)
            else:
                weight.fill_(1.0 if name == 'weight' else 0.0)
            setattr(owner, name, torch.nn.Parameter(weight, requires_grad=False))
    signed = (True,) * (config.action_dim - 1) + (False,)
    return Subject.of(model.cast(device, dtype), tokenizer, signed)


def checkpoint_subject(folder: Path, *, device: torch.device, dtype: torch.dtype) -> Subject:
    """Return a checkpoint with pictures of noise.

    Raises:
        CheckpointMismatch: The folder does not hold a complete, consistent model.
        ValueError: The checkpoint prints no text.
    """
    checkpoint = Checkpoint.open(folder)
    if checkpoint.config.action_head == 'flow':
        raise ValueError(f'{folder} generates no text; choose a checkpoint with a language head')
    kind = str(dtype).removeprefix('torch.')
    model = Policy.load(folder, device=str(device), dtype=kind).model
    return Subject.of(model, checkpoint.tokenizer, checkpoint.normalizer.signed)


def bench_config(system: str, size: str, **changes: Any) -> VLAConfig:
    """Return a system's configuration at one of BENCH_SIZES, with fields changed.

    Raises:
        ValueError: The system or size is unknown.
    """
    if size not in BENCH_SIZES:
        raise ValueError(f'unknown size {size!r}; available: {list(BENCH_SIZES)}')
    if size != 'mid':
        return system_config(system, size, **changes)
    tiny = system_config(system, 'tiny', **changes)
    return replace(tiny, name=f'{system}-mid-random', size=size, dimensions=_MID[tiny.family])
