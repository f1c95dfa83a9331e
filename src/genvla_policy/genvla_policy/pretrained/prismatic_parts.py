# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The parts of a Prismatic VLM: their names in two layouts, sizes, and places in our model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import re

from genvla_policy.checkpoint.safetensors_folder import WeightInfo
from genvla_policy.models.dimensions import DIMENSIONS, Dimensions, TextDimensions
from genvla_policy.pretrained.pretrained import NotAModel
from genvla_policy.pretrained.timm_vit import (
    count_blocks,
    dino_origins,
    siglip_origins,
    timm_dimensions,
    unread_of_timm,
)
from genvla_policy.pretrained.weight_map import Origin, WeightMap

# Number of channels of an attention head in vit_large_patch14_reg4_dinov2,
# vit_so400m_patch14_siglip and Llama 2; no shape gives them.
_DINO_HEAD_DIM, _SIGLIP_HEAD_DIM, LLAMA_HEAD_DIM = 64, 72, 128
# <PAD> padded Llama's 32,000 tokens to a multiple of 64; the bins end before the padding.
_PAD_ROWS = 64
_CONTEXT_LENGTH = 2048
_PUBLISHED = DIMENSIONS['openvla', 'full']


@dataclass(frozen=True)
class PartNames:
    """The names of the parts.

    Attributes:
        dino: Prefix of DINOv2's names.
        siglip: Prefix of SigLIP's names.
        layer_scale: Suffix of the LayerScale weights.
        projector: Prefixes of the three layers' names.
        llama: Prefix of Llama's names.
    """

    dino: str
    siglip: str
    layer_scale: str
    projector: tuple[str, str, str]
    llama: str


HUB = PartNames(
    dino='vision_backbone.featurizer.',
    siglip='vision_backbone.fused_featurizer.',
    layer_scale='scale_factor',
    projector=('projector.fc1.', 'projector.fc2.', 'projector.fc3.'),
    llama='language_model.',
)
TRAINING = PartNames(
    dino='vision_backbone.dino_featurizer.',
    siglip='vision_backbone.siglip_featurizer.',
    layer_scale='gamma',
    projector=('projector.projector.0.', 'projector.projector.2.', 'projector.projector.4.'),
    llama='llm_backbone.llm.',
)


def prismatic_dimensions(
    source: Mapping[str, WeightInfo],
    names: PartNames,
    *,
    norm_eps: float,
    head_dim: int,
    depth: int,
) -> Dimensions:
    """Derive the sizes of the parts from the shapes of their weights.

    Args:
        source: The weights that exist.
        names: Names of the parts among them.
        norm_eps: Value that Llama's norms add to the mean square.
        head_dim: Number of channels of one of Llama's attention heads.
        depth: Number of Llama's layers; 0: that of Llama 2 7B if it is as wide, else count them.

    Raises:
        KeyError: A weight is missing.
        IndexError, ValueError: A weight has too few dimensions.
        NotAModel: The encoders are for images of different sizes, or are as wide as the published
            ones but not for images of 224 px.
    """
    dino, image_size = timm_dimensions(
        source, names.dino, head_dim=_DINO_HEAD_DIM, published=_PUBLISHED.dino
    )
    siglip, siglip_size = timm_dimensions(
        source, names.siglip, head_dim=_SIGLIP_HEAD_DIM, published=_PUBLISHED.siglip
    )
    assert _PUBLISHED.siglip is not None
    expected = _PUBLISHED.image_size if siglip.width == _PUBLISHED.siglip.width else siglip_size
    if not image_size == siglip_size == expected:
        raise NotAModel(
            f'DINOv2 is for images of {image_size} px and SigLIP for {siglip_size} px; '
            f'expected {expected} px for both'
        )
    rows, width = source[f'{names.llama}model.embed_tokens.weight'].shape
    layer = f'{names.llama}model.layers.{{}}.'.format
    if width == _PUBLISHED.text.width:
        depth = depth or _PUBLISHED.text.depth
    depth = depth or count_blocks(source, layer('{}') + 'input_layernorm.weight')
    return Dimensions(
        image_size=image_size,
        siglip=siglip,
        dino=dino,
        text=TextDimensions(
            width=width,
            depth=depth,
            num_heads=source[f'{layer(0)}self_attn.q_proj.weight'].shape[0] // head_dim,
            num_kv_heads=source[f'{layer(0)}self_attn.k_proj.weight'].shape[0] // head_dim,
            head_dim=head_dim,
            mlp_width=source[f'{layer(0)}mlp.up_proj.weight'].shape[0],
            vocabulary_size=rows,
            context_length=_CONTEXT_LENGTH,
            norm_eps=norm_eps,
        ),
        bins_end=rows - _PAD_ROWS,
    )


def prismatic_weight_map(
    names: PartNames, dimensions: Dimensions, ours: Iterable[str]
) -> WeightMap:
    """Return the origins of our weights, given their names."""
    assert dimensions.dino is not None
    assert dimensions.siglip is not None
    dino_depth, siglip_depth = dimensions.dino.depth, dimensions.siglip.depth
    origins = dino_origins(
        'vision.towers.dino.dino.', names.dino, dino_depth, layer_scale=names.layer_scale
    )
    origins |= siglip_origins('vision.towers.siglip.', names.siglip, siglip_depth)
    for layer, theirs in zip(('fc1', 'fc2', 'fc3'), names.projector, strict=True):
        for kind in ('weight', 'bias'):
            origins[f'projector.{layer}.{kind}'] = Origin(theirs + kind)
    for name in ours:
        if name.startswith('llama.'):
            origins[name] = Origin(names.llama + name.removeprefix('llama.'))
    unread = unread_of_timm(names.dino, dino_depth) + unread_of_timm(names.siglip, siglip_depth)
    # Older transformers also stored computed values.
    computed = rf'{re.escape(names.llama)}model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq'
    return WeightMap(origins, (*unread, computed))
