# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The openvla family: Prismatic, built from transformers' DINOv2, SigLIP and Llama.

Shape suffixes: N images, C channels, S image side, P tokens per image, D width of the language
model, V vocabulary, F features of both encoders.
"""

from __future__ import annotations

from collections.abc import Mapping
import copy
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel

from genvla_policy.models.config import VLAConfig
from genvla_policy.models.encoders import (
    FROZEN_TOWER,
    TRAINED_TOWER,
    DinoTower,
    DualEncoder,
    ForkedEncoder,
    siglip_tower,
)
from genvla_policy.models.vla import VLA
from genvla_policy.text.tokenizer import TextTokenizer


class OpenVLA(VLA):
    """Prismatic: one or two vision encoders, a projector of three layers, Llama.

    Layout: <bos>, the image tokens of each camera in turn, the prompt, then the answer. Attention
    is causal everywhere. Positions count from 0.

    Source: prismatic/extern/hf/modeling_prismatic.py in openvla/openvla.

    Attributes:
        vision: DINOv2 and SigLIP, in this order; or DINOv2 alone, with its copy if dual.
        projector: Maps the features of all encoders to tokens of the language model.
        llama: The language model with its head.
    """

    bos_before_images = True
    first_position = 0

    def __init__(self, config: VLAConfig, tokenizer: TextTokenizer) -> None:
        """Build the model with random weights.

        Raises:
            ValueError: As in VLA.
        """
        super().__init__(config, tokenizer)
        self.vision = _vision(config)
        text = config.dimensions.text
        self.projector = FusedProjector(_num_features(config), text.width)
        self.llama = LlamaForCausalLM(
            LlamaConfig(
                hidden_size=text.width,
                num_hidden_layers=text.depth,
                num_attention_heads=text.num_heads,
                num_key_value_heads=text.num_kv_heads,
                head_dim=text.head_dim,
                intermediate_size=text.mlp_width,
                vocab_size=text.vocabulary_size,
                max_position_embeddings=text.context_length,
                rms_norm_eps=text.norm_eps,
                rope_parameters={'rope_type': 'default', 'rope_theta': text.rope_theta},
                # Llama's 0.02 is about 1 / sqrt(4096); this gives the same signal at every width.
                initializer_range=text.width**-0.5,
                bos_token_id=tokenizer.special_id('bos'),
                eos_token_id=tokenizer.special_id('eos'),
                pad_token_id=tokenizer.special_id('pad'),
            )
        )
        if text.tied_embedding:
            # A weight with two names cannot be saved, so the head is read from the embedding.
            self.llama.lm_head = nn.Identity()

    @property
    def trunk(self) -> PreTrainedModel:
        """Llama without its head."""
        return self.llama.model

    @property
    def embedding(self) -> nn.Embedding:
        """The token embedding."""
        return cast(nn.Embedding, self.llama.model.embed_tokens)

    @property
    def vision_towers(self) -> Mapping[str, nn.Module]:
        """DINOv2 and SigLIP; or a single tower and its copy, the frozen one first."""
        return dict(self.vision.towers.items())

    @property
    def new_parts(self) -> Mapping[str, nn.Module]:
        """The projector of a single encoder, and the blocks that only its trained copy has."""
        if len(self.config.dimensions.towers) > 1:
            return {}
        if self.config.shared_blocks:
            copied = self.vision.towers[TRAINED_TOWER]
            return {'projector': self.projector, f'vision.towers.{TRAINED_TOWER}': copied}
        return {'projector': self.projector}

    @property
    def head_VD(self) -> Tensor:
        """The weight of the language head."""
        if self.config.dimensions.text.tied_embedding:
            return self.embedding.weight
        return cast(Tensor, self.llama.lm_head.weight)

    def random_projector(self, seed: int) -> dict[str, Tensor]:
        """Return random weights of the projector, by their names in the model."""
        width = self.config.dimensions.text.width
        with torch.random.fork_rng(devices=[]), torch.device('cpu'):
            torch.manual_seed(seed)
            projector = FusedProjector(_num_features(self.config), width)
        return {f'projector.{name}': weight for name, weight in projector.state_dict().items()}

    def image_features(self, pixels_NCSS: Tensor) -> Tensor:
        """Convert images in [-1, 1] to (N, P, D) tokens of the language model."""
        tokens_NPD: Tensor = self.projector(self.vision(pixels_NCSS).last_hidden_state)
        return tokens_NPD


def _vision(config: VLAConfig) -> DualEncoder:
    """Build the towers that the dimensions name; for a single dual one, also its copy."""
    build = {'dino': DinoTower, 'siglip': siglip_tower}
    towers: dict[str, nn.Module] = {
        name: build[name](each, config.image_size)
        for name, each in config.dimensions.towers.items()
    }
    if config.encoders != 'dual' or len(towers) > 1:
        return DualEncoder(towers, frozen=config.frozen_encoder)
    [tower] = towers.values()
    if config.shared_blocks:
        return ForkedEncoder(cast(DinoTower, tower), config.shared_blocks)
    twins = {FROZEN_TOWER: tower, TRAINED_TOWER: copy.deepcopy(tower)}
    return DualEncoder(twins, frozen=FROZEN_TOWER)


def _num_features(config: VLAConfig) -> int:
    """Return the number of channels of all towers together."""
    widths = [tower.width for tower in config.dimensions.towers.values()]
    return 2 * widths[0] if config.encoders == 'dual' and len(widths) == 1 else sum(widths)


class FusedProjector(nn.Module):
    """Prismatic's "no-align+fused-gelu-mlp": F to 4F to D to D, with exact GELUs between.

    Attributes:
        fc1: First layer; the names are those of the hub checkpoint.
        fc2: Second layer.
        fc3: Third layer.
    """

    def __init__(self, num_features: int, width: int) -> None:
        """Build the projector with random weights."""
        super().__init__()
        self.fc1 = nn.Linear(num_features, 4 * num_features)
        self.fc2 = nn.Linear(4 * num_features, width)
        self.fc3 = nn.Linear(width, width)

    def forward(self, features_NPF: Tensor) -> Tensor:
        """Project the features of every patch to (N, P, D)."""
        hidden = functional.gelu(self.fc1(features_NPF))
        projected_NPD: Tensor = self.fc3(functional.gelu(self.fc2(hidden)))
        return projected_NPD
