# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Map timm's vision transformers, which Prismatic uses, to transformers' DINOv2 and SigLIP."""

from __future__ import annotations

from collections.abc import Mapping
import functools
import itertools
import math
import re

import torch
from torch import Tensor

from genvla_policy.checkpoint.safetensors_folder import WeightInfo
from genvla_policy.models.dimensions import VisionDimensions
from genvla_policy.pretrained.weight_map import Origin

_KINDS = ('weight', 'bias')


def timm_dimensions(
    source: Mapping[str, WeightInfo],
    prefix: str,
    *,
    head_dim: int,
    published: VisionDimensions | None,
) -> tuple[VisionDimensions, int]:
    """Derive the sizes of a tower from the shapes of its weights.

    Args:
        source: The weights that exist.
        prefix: Prefix of the tower's names.
        head_dim: Number of channels of one attention head, which no shape gives.
        published: The tower in common use. A tower of the same width has its depth, no matter how
            many blocks exist. With another width, the blocks are counted.

    Returns:
        Our dimensions, with one block less than timm's, and the side of the image [px].

    Raises:
        KeyError: A weight of the tower is missing.
    """
    patches, width = source[f'{prefix}pos_embed'].shape[1:]
    patch_size = source[f'{prefix}patch_embed.proj.weight'].shape[-1]
    registers = source.get(f'{prefix}reg_token')
    if published and published.width == width:
        depth = published.depth
    else:
        depth = count_blocks(source, f'{prefix}blocks.{{}}.norm1.weight') - 1
    dimensions = VisionDimensions(
        width=width,
        depth=depth,
        num_heads=width // head_dim,
        mlp_width=source[f'{prefix}blocks.0.mlp.fc1.weight'].shape[0],
        patch_size=patch_size,
        num_registers=registers.shape[1] if registers else 0,
    )
    return dimensions, math.isqrt(patches) * patch_size


def count_blocks(source: Mapping[str, WeightInfo], name: str) -> int:
    """Count consecutive blocks from 0 on; each has the weight `name`, with {} for its number."""
    return next(count for count in itertools.count() if name.format(count) not in source)


def dino_origins(ours: str, theirs: str, depth: int, *, layer_scale: str) -> dict[str, Origin]:
    """Return the origins of a DINOv2 tower with registers.

    Args:
        ours: Prefix of our names.
        theirs: Prefix of timm's names.
        depth: Number of blocks that we run.
        layer_scale: Name of the LayerScale weight: "gamma" (timm), "scale_factor" (Hub).
    """
    embeddings = f'{ours}embeddings.'
    origins = {
        f'{embeddings}cls_token': Origin(f'{theirs}cls_token'),
        f'{embeddings}register_tokens': Origin(f'{theirs}reg_token'),
        # timm has already added the class token's position to the token itself.
        f'{embeddings}position_embeddings': Origin(f'{theirs}pos_embed', _with_zero_in_front),
    }
    for kind in _KINDS:
        projection = f'{embeddings}patch_embeddings.projection.{kind}'
        origins[projection] = Origin(f'{theirs}patch_embed.proj.{kind}')
    for block in range(depth):
        our_block, their_block = f'{ours}encoder.layer.{block}.', f'{theirs}blocks.{block}.'
        names = {'norm1': 'norm1', 'norm2': 'norm2', 'attention.o_proj': 'attn.proj'}
        origins |= _block(our_block, their_block, names, 'attention')
        for number in (1, 2):
            scale = f'{our_block}layer_scale{number}.lambda1'
            origins[scale] = Origin(f'{their_block}ls{number}.{layer_scale}')
    return origins


def siglip_origins(ours: str, theirs: str, depth: int) -> dict[str, Origin]:
    """Return the origins of a SigLIP tower; the arguments are those of dino_origins()."""
    origins = {
        f'{ours}embeddings.position_embedding.weight': Origin(f'{theirs}pos_embed', _squeezed)
    }
    for kind in _KINDS:
        patch = f'{ours}embeddings.patch_embedding.{kind}'
        origins[patch] = Origin(f'{theirs}patch_embed.proj.{kind}')
    names = {'layer_norm1': 'norm1', 'layer_norm2': 'norm2', 'self_attn.out_proj': 'attn.proj'}
    for block in range(depth):
        our_block, their_block = f'{ours}encoder.layers.{block}.', f'{theirs}blocks.{block}.'
        origins |= _block(our_block, their_block, names, 'self_attn')
    return origins


def unread_of_timm(theirs: str, depth: int) -> tuple[str, ...]:
    """Return patterns of the weights after the second-to-last block, which nothing reads."""
    prefix = re.escape(theirs)
    return (rf'{prefix}blocks\.{depth}\..*', rf'{prefix}(norm|fc_norm|attn_pool)\..*')


def _block(ours: str, theirs: str, names: Mapping[str, str], attention: str) -> dict[str, Origin]:
    names = {**names, 'mlp.fc1': 'mlp.fc1', 'mlp.fc2': 'mlp.fc2'}
    origins = {}
    for kind in _KINDS:
        for our, their in names.items():
            origins[f'{ours}{our}.{kind}'] = Origin(f'{theirs}{their}.{kind}')
        # timm stores query, key and value in one weight.
        for index, part in enumerate('qkv'):
            take = functools.partial(_third, index=index)
            name = f'{ours}{attention}.{part}_proj.{kind}'
            origins[name] = Origin(f'{theirs}attn.qkv.{kind}', take)
    return origins


def _third(qkv: Tensor, index: int) -> Tensor:
    return qkv.chunk(3)[index]


def _with_zero_in_front(positions_BPF: Tensor) -> Tensor:
    return torch.cat([torch.zeros_like(positions_BPF[:, :1]), positions_BPF], dim=1)


def _squeezed(positions_BPF: Tensor) -> Tensor:
    return positions_BPF[0]
