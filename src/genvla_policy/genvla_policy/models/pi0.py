# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The pi0 family with a language head: transformers' PaliGemma (SigLIP and Gemma).

Shape suffixes: N images, C channels, S image side, P tokens per image, D width of the language
model, V vocabulary, F features of the encoders.
"""

from __future__ import annotations

from collections.abc import Mapping
import copy
from typing import cast

import torch
from torch import Tensor, nn
from transformers import PaliGemmaConfig, PaliGemmaModel, PreTrainedModel

from genvla_policy.models.config import VLAConfig
from genvla_policy.models.encoders import FROZEN_TOWER, TRAINED_TOWER, DualEncoder
from genvla_policy.models.vla import VLA
from genvla_policy.text.tokenizer import TextTokenizer


class Pi0(VLA):
    """PaliGemma, with one SigLIP tower or with a frozen copy next to the trained one.

    Layout: the image tokens of each camera in turn, <bos>, the prompt, then the answer. With
    prefix_lm, images, <bos> and prompt attend to each other in both directions; the answer is
    causal. Positions count from 1 (PaliGemma). transformers' own embedding layer scales token
    embeddings by sqrt(D); image features are not scaled. The language head is the token embedding
    (tied).

    Attributes:
        network: The transformers model; its parameters keep transformers' own names.
    """

    bos_before_images = False
    first_position = 1

    def __init__(self, config: VLAConfig, tokenizer: TextTokenizer) -> None:
        """Build the model with random weights.

        Raises:
            ValueError: As in VLA.
        """
        super().__init__(config, tokenizer)
        self.network: PreTrainedModel = self._build(tokenizer)
        if config.encoders == 'dual':
            duplicate_vision_tower(self.paligemma)

    def _build(self, tokenizer: TextTokenizer) -> PreTrainedModel:
        return PaliGemmaModel(paligemma_config(self.config, tokenizer))

    @property
    def paligemma(self) -> PaliGemmaModel:
        """The transformers model of images and text."""
        return self.network

    @property
    def trunk(self) -> PreTrainedModel:
        """Gemma without its head."""
        return self.paligemma.language_model

    @property
    def embedding(self) -> nn.Embedding:
        """The token embedding."""
        return cast(nn.Embedding, self.paligemma.language_model.embed_tokens)

    @property
    def vision_towers(self) -> Mapping[str, nn.Module]:
        """The trained SigLIP; in a dual encoder, its frozen copy comes first."""
        vision = self.paligemma.vision_tower
        if isinstance(vision, DualEncoder):
            return dict(vision.towers.items())
        return {TRAINED_TOWER: vision}

    @property
    def head_VD(self) -> Tensor:
        """The weight of the language head: the token embedding itself."""
        return self.embedding.weight

    def image_features(self, pixels_NCSS: Tensor) -> Tensor:
        """Convert images in [-1, 1] to (N, P, D) tokens of the language model."""
        features_NPD: Tensor = self.paligemma.get_image_features(pixels_NCSS).pooler_output
        return features_NPD


def duplicate_vision_tower(paligemma: PaliGemmaModel) -> None:
    """Add a frozen copy next to PaliGemma's vision tower, without changing the output."""
    tower, projector = paligemma.vision_tower, paligemma.multi_modal_projector
    paligemma.vision_tower = DualEncoder(
        {FROZEN_TOWER: copy.deepcopy(tower), TRAINED_TOWER: tower}, frozen=FROZEN_TOWER
    )
    narrow = projector.linear
    wide = nn.Linear(
        2 * narrow.in_features,
        narrow.out_features,
        device=narrow.weight.device,
        dtype=narrow.weight.dtype,
    )
    with torch.no_grad():
        wide.weight.copy_(widen_projection(narrow.weight))
        wide.bias.copy_(narrow.bias)
    projector.linear = wide


def widen_projection(weight_DF: Tensor) -> Tensor:
    """Return the (D, 2F) weight that maps two equal features as the (D, F) one maps one.

    Each half is scaled by 0.5, so both towers contribute from the first step, and the trained one
    gets a gradient.
    """
    return torch.cat([weight_DF, weight_DF], dim=1) * 0.5


def paligemma_config(config: VLAConfig, tokenizer: TextTokenizer) -> PaliGemmaConfig:
    """Return transformers' configuration of the same model with one vision tower."""
    vision, text = config.dimensions.siglip, config.dimensions.text
    assert vision is not None, 'VLAConfig rejects the family pi0 without a SigLIP tower'
    return PaliGemmaConfig(
        vision_config={
            'model_type': 'siglip_vision_model',
            'hidden_size': vision.width,
            'num_hidden_layers': vision.depth,
            'num_attention_heads': vision.num_heads,
            'intermediate_size': vision.mlp_width,
            'image_size': config.image_size,
            'patch_size': vision.patch_size,
            'vision_use_head': False,
        },
        text_config={
            'model_type': 'gemma',
            'hidden_size': text.width,
            'num_hidden_layers': text.depth,
            'num_attention_heads': text.num_heads,
            'num_key_value_heads': text.num_kv_heads,
            'head_dim': text.head_dim,
            'intermediate_size': text.mlp_width,
            'vocab_size': text.vocabulary_size,
            'max_position_embeddings': text.context_length,
            'rms_norm_eps': text.norm_eps,
            # Gemma's 0.02 is about 1 / sqrt(2048); this gives the same signal at every width.
            'initializer_range': text.width**-0.5,
        },
        projection_dim=text.width,
        hidden_size=text.width,
        vocab_size=text.vocabulary_size,
        image_token_index=tokenizer.special_id('image'),
        pad_token_id=tokenizer.special_id('pad'),
        bos_token_id=tokenizer.special_id('bos'),
        eos_token_id=tokenizer.special_id('eos'),
    )
