# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The small size: a Llama such as SmolLM2, and a DINOv2, each in the Hub's layout.

The two have not been trained together, so the projector between them is random.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
import functools
from pathlib import Path
import re
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import functional
from transformers import LlamaConfig

from genvla_policy.checkpoint.safetensors_folder import SafetensorsFolder, WeightInfo
from genvla_policy.models.dimensions import (
    DIMENSIONS,
    Dimensions,
    TextDimensions,
    VisionDimensions,
)
from genvla_policy.pretrained.pretrained import NotAModel, Pretrained, name_of, read_json_object
from genvla_policy.pretrained.weight_map import JoinedSources, Origin, WeightMap
from genvla_policy.text.tokenizer import TextTokenizer

SYSTEM = 'openvla_plus'
PROJECTOR = 'projector.'
"""Prefix of the names of the weights that are not pretrained."""

_SMALL = DIMENSIONS['openvla', 'small']
_SMOLLM2_LAYERS = 30
_TEXT, _VISION = 'text.', 'vision.'
_POSITIONS = 'embeddings.position_embeddings'
_DINOV2 = ('dinov2', 'dinov2_with_registers')
_BLOCK = re.compile(r'(llama\.model\.layers|vision\.towers\.trained\.own)\.(\d+)\.(.+)')
_OLD_NAMES = (
    ('attention.q_proj', 'attention.attention.query'),
    ('attention.k_proj', 'attention.attention.key'),
    ('attention.v_proj', 'attention.attention.value'),
    ('attention.o_proj', 'attention.output.dense'),
)
"""Names within a DINOv2 block: in transformers today, and in published files."""


def open_small(
    folder: Path, config: Mapping[str, Any], tokenizer: TextTokenizer, vision: Path
) -> Pretrained:
    """Open a Llama and a DINOv2 of the Hub as one model.

    Args:
        folder: Folder of the language model.
        config: Contents of its config.json.
        tokenizer: Its tokenizer.
        vision: Folder of DINOv2, with or without registers.

    Raises:
        NotAModel: Our modules do not support one of them; the message gives the reason.
        WeightsUnreadable: The weights of one are incomplete.
    """
    sources = {_TEXT: SafetensorsFolder(folder), _VISION: SafetensorsFolder(vision)}
    dino, side = _vision_dimensions(vision, sources[_VISION].infos)
    text = _text_dimensions(folder, LlamaConfig(**config), tokenizer)
    dimensions = Dimensions(
        image_size=_SMALL.image_size,
        text=text,
        dino=replace(dino, depth=min(dino.depth, cast(VisionDimensions, _SMALL.dino).depth)),
        bins_end=tokenizer.vocabulary_size,
    )
    return Pretrained(
        name=f'{name_of(folder)}+{name_of(vision)}',
        layout='a Llama and a DINOv2 from the Hub',
        family='openvla',
        dimensions=dimensions,
        tokenizer=tokenizer,
        source=JoinedSources(sources),
        weight_map=functools.partial(_weight_map, dimensions, side),
        default_system=SYSTEM,
        fresh=PROJECTOR,
    )


def _text_dimensions(
    folder: Path, config: LlamaConfig, tokenizer: TextTokenizer
) -> TextDimensions:
    rope = config.rope_parameters
    fixed = {
        'hidden_act': (config.hidden_act, 'silu'),
        'attention_bias': (config.attention_bias, False),
        'mlp_bias': (config.mlp_bias, False),
        'rope_type': (rope.get('rope_type', 'default'), 'default'),
    }
    for name, (found, supported) in fixed.items():
        if found != supported:
            raise NotAModel(
                f'{folder}: {name} is {found!r}; supported: {supported!r}. With another '
                'value, the outputs would differ from those in training'
            )
    # Only for SmolLM2-135M was it measured which layers can be dropped.
    kept = tuple(range(config.num_hidden_layers))
    if config.num_hidden_layers == _SMOLLM2_LAYERS:
        kept = _SMALL.text.kept_layers
    # Includes rows for the prompt tags; rounded up to a multiple of 64, as in Prismatic.
    rows = max(config.vocab_size, tokenizer.with_prompt_tags().vocabulary_size)
    return TextDimensions(
        width=config.hidden_size,
        depth=len(kept),
        num_heads=config.num_attention_heads,
        num_kv_heads=config.num_key_value_heads,
        head_dim=config.head_dim,
        mlp_width=config.intermediate_size,
        vocabulary_size=-(-rows // 64) * 64,
        context_length=min(config.max_position_embeddings, _SMALL.text.context_length),
        norm_eps=round(config.rms_norm_eps, 9),
        rope_theta=float(rope['rope_theta']),
        tied_embedding=config.tie_word_embeddings,
        kept_layers=kept,
    )


def _vision_dimensions(
    folder: Path, infos: Mapping[str, WeightInfo]
) -> tuple[VisionDimensions, int]:
    """Return DINOv2's sizes, and the side of its grid of positions [patches]."""
    config = read_json_object(folder / 'config.json')
    if config.get('model_type') not in _DINOV2:
        raise NotAModel(
            f'{folder}: model_type is {config.get("model_type")!r}, expected one of {_DINOV2}, '
            'such as facebook/dinov2-small'
        )
    supported = {'use_swiglu_ffn': False, 'qkv_bias': True, 'hidden_act': 'gelu'}
    for name, value in supported.items():
        if config.get(name, value) != value:
            raise NotAModel(f'{folder}: {name} is {config[name]!r}; supported: {value!r}')
    if _POSITIONS not in infos:
        raise NotAModel(
            f'{folder}: the weights have no {_POSITIONS}; expected a DINOv2 from the Hub'
        )
    width = int(config['hidden_size'])
    registers = infos.get('embeddings.register_tokens')
    num_positions = infos[_POSITIONS].shape[1] - 1
    return (
        VisionDimensions(
            width=width,
            depth=int(config['num_hidden_layers']),
            num_heads=int(config['num_attention_heads']),
            mlp_width=width * int(config.get('mlp_ratio', 4)),
            patch_size=int(config['patch_size']),
            num_registers=registers.shape[1] if registers else 0,
        ),
        round(num_positions**0.5),
    )


def _weight_map(dimensions: Dimensions, side: int, ours: Iterable[str]) -> WeightMap:
    """Return the origins of our weights, given their names; the projector has none."""
    names = [name for name in ours if not name.startswith(PROJECTOR)]
    dino = cast(VisionDimensions, dimensions.dino)
    own = {match[2] for name in names if (match := _BLOCK.match(name)) and 'own' in match[1]}
    num_shared = dino.depth - len(own)
    origins = {}
    for name in names:
        if name.startswith('llama.'):
            origins[name] = _text_origin(name, dimensions.text)
        else:
            origins[name] = _vision_origin(name, num_shared, dimensions, side)
    unread = [
        r'text\.model\.layers\.\d+\..*',
        r'vision\.encoder\.layer\.\d+\..*',
        r'vision\.(layernorm\..*|embeddings\.mask_token)',
    ]
    if dimensions.text.tied_embedding:
        unread.append(r'text\.lm_head\.weight')
    return WeightMap(origins, tuple(unread))


def _text_origin(name: str, text: TextDimensions) -> Origin:
    theirs = _TEXT + name.removeprefix('llama.')
    if match := _BLOCK.match(name):
        layer = text.kept_layers[int(match[2])]
        theirs = f'{_TEXT}model.layers.{layer}.{match[3]}'
    if name.endswith(('embed_tokens.weight', 'lm_head.weight')):
        return Origin(theirs, functools.partial(_with_rows, rows=text.vocabulary_size))
    return Origin(theirs)


def _vision_origin(name: str, num_shared: int, dimensions: Dimensions, side: int) -> Origin:
    if match := _BLOCK.match(name):
        inner = f'encoder.layer.{num_shared + int(match[2])}.{match[3]}'
    else:
        _, _, _, _, inner = name.split('.', 4)  # vision.towers.NAME.dino.
    if inner == _POSITIONS:
        dino = cast(VisionDimensions, dimensions.dino)
        patches = dimensions.image_size // dino.patch_size
        take = functools.partial(
            _resampled, before=side, after=patches, antialias=dino.num_registers > 0
        )
        return Origin(_VISION + inner, take)
    if (
        inner == 'embeddings.register_tokens'
        and not cast(VisionDimensions, dimensions.dino).num_registers
    ):
        return Origin(f'{_VISION}embeddings.cls_token', _none_of)
    for new, old in _OLD_NAMES:
        inner = inner.replace(new, old)
    return Origin(_VISION + inner)


def _with_rows(embedding_VD: Tensor, rows: int) -> Tensor:
    """Add rows for new tokens: each is the mean of all, because no text distinguishes them yet."""
    mean_D = embedding_VD.float().mean(dim=0).to(embedding_VD.dtype)
    return torch.cat([embedding_VD, mean_D.expand(rows - len(embedding_VD), -1)])


def _none_of(tokens: Tensor) -> Tensor:
    return tokens[:, :0]


def _resampled(positions_1PF: Tensor, before: int, after: int, antialias: bool) -> Tensor:
    """Resample positions to another grid, as transformers' DINOv2 does for smaller images.

    Source: interpolate_pos_encoding of Dinov2Embeddings and Dinov2WithRegistersEmbeddings.
    """
    own, patches = positions_1PF[:, :1], positions_1PF[:, 1:]
    grid = patches.reshape(1, before, before, -1).permute(0, 3, 1, 2)
    small = functional.interpolate(
        grid.float(),
        size=(after, after),
        mode='bicubic',
        align_corners=False,
        antialias=antialias,
    )
    flat = small.permute(0, 2, 3, 1).flatten(1, 2)
    return torch.cat([own, flat.to(own.dtype)], dim=1)
