# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""google/paligemma-3b-pt-224 and similar models, in the Hub's layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
import re
from typing import Any

import torch
from torch import Tensor
from transformers import PaliGemmaConfig

from genvla_policy.checkpoint.safetensors_folder import SafetensorsFolder, WeightInfo
from genvla_policy.models.dimensions import (
    DIMENSIONS,
    Dimensions,
    TextDimensions,
    VisionDimensions,
)
from genvla_policy.models.pi0 import widen_projection
from genvla_policy.pretrained.fixed_settings import TEXT, VISION, check_fixed_settings
from genvla_policy.pretrained.pretrained import NotAModel, Pretrained, first_line, name_of
from genvla_policy.pretrained.weight_map import Origin, WeightMap, WeightSource
from genvla_policy.text.tokenizer import TextTokenizer

_IMAGE_TOKEN = '<image>'
_EMBEDDING = 'language_model.embed_tokens.weight'
_PROJECTION = 'multi_modal_projector.linear.weight'
# Source: transformers' conversion_mapping.py. The Hub's file uses the older names.
_RENAMED = (
    (re.compile(r'^language_model\.model\.'), 'language_model.'),
    (re.compile(r'^(model\.)?vision_tower\.(vision_model\.)?'), 'vision_tower.'),
    (re.compile(r'^model\.'), ''),
)
# Our names, with or without PI0 around them, with one tower or two. The groups give their names.
_OURS = re.compile(
    r'network\.(?:model\.vlm\.)?(?:(vision_tower\.)(?:towers\.\w+\.)?(.+)'
    r'|((?:multi_modal_projector|language_model)\..+))'
)
_HEAD = r'(language_model\.)?lm_head\.weight'
_UNREAD = (
    _HEAD,  # tied: the token embedding
    r'vision_tower\.embeddings\.position_ids',  # computed
)


def open_paligemma(
    folder: Path, config: Mapping[str, Any], tokenizer: TextTokenizer
) -> Pretrained:
    """Open a downloaded PaliGemma.

    Args:
        folder: Folder of its files.
        config: Contents of its config.json.
        tokenizer: Its tokenizer.

    Raises:
        NotAModel: The tokenizer has no image token, the files have no token embedding or a
            separate language head, or the language model is not Gemma.
        WeightsUnreadable: As in SafetensorsFolder.
    """
    if _IMAGE_TOKEN not in tokenizer.vocabulary:
        raise NotAModel(
            f"{folder}: the tokenizer has no {_IMAGE_TOKEN} token; use PaliGemma's own tokenizer"
        )
    source = _Renamed(SafetensorsFolder(folder))
    embedding = source.infos.get(_EMBEDDING)
    if embedding is None or len(embedding.shape) != 2:
        raise NotAModel(
            f'{folder}: the weights have no matrix {_EMBEDDING}; some files are missing or '
            'do not belong to PaliGemma'
        )
    head = next((name for name in source.infos if re.fullmatch(_HEAD, name)), None)
    if head and not torch.equal(source.read(head), source.read(_EMBEDDING)):
        raise NotAModel(
            f'{folder}: {head} differs from {_EMBEDDING}; PaliGemma has one weight for both'
        )
    try:
        dimensions = _dimensions(config, source.infos, tokenizer.vocabulary[_IMAGE_TOKEN])
    except NotAModel as error:
        raise NotAModel(f'{folder}: {error}') from error
    except Exception as error:  # transformers rejects a configuration in many ways
        raise NotAModel(
            f'{folder}: config.json does not describe a PaliGemma: {first_line(error)}'
        ) from error
    return Pretrained(
        name=name_of(folder),
        layout="PaliGemma in the Hub's layout",
        family='pi0',
        dimensions=dimensions,
        tokenizer=tokenizer.with_roles(image=_IMAGE_TOKEN),
        source=source,
        weight_map=_weight_map,
        default_system='pi0_plus',
    )


class _Renamed:
    """A source under the names of transformers' PaliGemmaModel."""

    def __init__(self, source: WeightSource) -> None:
        self._source = source
        self._theirs: dict[str, str] = {}
        for theirs in source.infos:
            other = self._theirs.setdefault(_canonical(theirs), theirs)
            if other != theirs:
                raise NotAModel(
                    f'{other} and {theirs} are the same weight; download the model again'
                )
        self.infos: Mapping[str, WeightInfo] = {
            name: source.infos[theirs] for name, theirs in self._theirs.items()
        }

    def read(self, name: str) -> Tensor:
        return self._source.read(self._theirs[name])


def _canonical(name: str) -> str:
    for pattern, replacement in _RENAMED:
        name = pattern.sub(replacement, name)
    return name


def _weight_map(names: Iterable[str]) -> WeightMap:
    matches = {name: _OURS.fullmatch(name) for name in names}
    origins = {
        name: Origin(''.join(match.groups(default=''))) for name, match in matches.items() if match
    }
    is_dual = any('.towers.' in name for name in origins)
    if is_dual:
        for name, origin in origins.items():
            if origin.source == _PROJECTION:
                origins[name] = Origin(_PROJECTION, widen_projection)
    return WeightMap(origins, _UNREAD)


def _dimensions(
    config: Mapping[str, Any], source: Mapping[str, WeightInfo], image_id: int
) -> Dimensions:
    # transformers fills in its defaults for keys that an older config.json lacks.
    theirs = PaliGemmaConfig.from_dict(dict(config))
    vision, text = theirs.vision_config, theirs.text_config
    if text.model_type != 'gemma':
        raise NotAModel(
            f"the language model is {text.model_type!r}; supported: 'gemma' (PaliGemma, not "
            'PaliGemma 2)'
        )
    # Gemma's older name of the activation has priority; transformers no longer reads it.
    text.hidden_act = getattr(text, 'hidden_activation', None) or text.hidden_act
    ours = PaliGemmaConfig(
        vision_config={'model_type': 'siglip_vision_model'}, text_config={'model_type': 'gemma'}
    )
    check_fixed_settings('text_config', text, ours.text_config, TEXT)
    check_fixed_settings('vision_config', vision, ours.vision_config, VISION)
    return Dimensions(
        image_size=int(vision.image_size),
        siglip=VisionDimensions(
            width=vision.hidden_size,
            depth=vision.num_hidden_layers,
            num_heads=vision.num_attention_heads,
            mlp_width=vision.intermediate_size,
            patch_size=vision.patch_size,
        ),
        text=TextDimensions(
            width=text.hidden_size,
            depth=text.num_hidden_layers,
            num_heads=text.num_attention_heads,
            num_kv_heads=text.num_key_value_heads,
            head_dim=text.head_dim,
            mlp_width=text.intermediate_size,
            # Some files have padding rows beyond the vocabulary of config.json.
            vocabulary_size=source[_EMBEDDING].shape[0],
            context_length=text.max_position_embeddings,
            norm_eps=text.rms_norm_eps,
        ),
        expert=DIMENSIONS['pi0', 'full'].expert,
        bins_end=image_id,
    )
