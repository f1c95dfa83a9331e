# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Vision encoders: transformers' SigLIP and DINOv2, alone or two side by side.

Shape suffixes: N images, C channels, S image side, P patches, F features of an encoder.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    Dinov2WithRegistersConfig,
    Dinov2WithRegistersModel,
    SiglipVisionConfig,
    SiglipVisionModel,
)
from transformers.modeling_outputs import BaseModelOutputWithPooling

from genvla_policy.models.dimensions import VisionDimensions
from genvla_policy.models.tower_pair import TowerPair

# ImageNet's mean and standard deviation in bfloat16, as preprocessor_config.json of
# openvla/openvla-7b has them.
_IMAGENET_MEAN = (0.484375, 0.455078125, 0.40625)
_IMAGENET_STD = (0.228515625, 0.2236328125, 0.224609375)


class DualEncoder(nn.Module):
    """Two encoders that look at the same images; their features are concatenated on channels.

    A frozen encoder gets no gradient (so an optimizer that is given the parameters that require
    one keeps no state for it) and stays in evaluation mode, whatever train() says.

    It answers as a transformers vision model does, so it can stand where one stood.

    Attributes:
        towers: The encoders by name, in the order of their features.
        frozen: Name of the frozen one. Empty: none is.
        pair: Both as one batch. None: one after the other.
    """

    def __init__(self, towers: Mapping[str, nn.Module], frozen: str) -> None:
        """Put encoders side by side.

        Raises:
            ValueError: There is no encoder of the frozen one's name.
        """
        super().__init__()
        if frozen and frozen not in towers:
            raise ValueError(f'no encoder {frozen!r} to freeze; available: {list(towers)}')
        self.towers = nn.ModuleDict(towers)
        self.frozen = frozen
        self.pair: TowerPair | None = None
        if frozen:
            self.towers[frozen].requires_grad_(False).eval()

    def forward(self, pixel_values: Tensor, **kwargs: Any) -> BaseModelOutputWithPooling:
        """Encode (N, C, S, S) images in [-1, 1]; last_hidden_state is (N, P, sum of F)."""
        if self.pair is not None:
            return BaseModelOutputWithPooling(last_hidden_state=self.pair(pixel_values))
        features = []
        for name, tower in self.towers.items():
            with torch.set_grad_enabled(torch.is_grad_enabled() and name != self.frozen):
                features.append(tower(pixel_values, **kwargs).last_hidden_state)
        return BaseModelOutputWithPooling(last_hidden_state=torch.cat(features, dim=-1))

    def fuse(self) -> None:
        """Run both as one batch where they allow it; they are not to be trained after this."""
        self.pair = TowerPair.of(list(self.towers.values()))

    def train(self, mode: bool = True) -> DualEncoder:
        """Set the mode of all but the frozen encoder."""
        super().train(mode)
        if self.frozen:
            self.towers[self.frozen].eval()
        return self


class DinoTower(nn.Module):
    """DINOv2 with registers: the patch features of its last block, before any norm.

    Attributes:
        dino: The transformers model.
        num_extra: Tokens that stand before the patches: the class token and the registers.
    """

    def __init__(self, dimensions: VisionDimensions, image_size: int) -> None:
        """Build it with random weights."""
        super().__init__()
        config = Dinov2WithRegistersConfig(
            hidden_size=dimensions.width,
            num_hidden_layers=dimensions.depth,
            num_attention_heads=dimensions.num_heads,
            mlp_ratio=dimensions.mlp_width // dimensions.width,
            image_size=image_size,
            patch_size=dimensions.patch_size,
            num_register_tokens=dimensions.num_registers,
        )
        self.dino = Dinov2WithRegistersModel(config)
        self.dino.layernorm = nn.Identity()
        # Nothing masks patches here, and a parameter without a gradient stops DDP.
        del self.dino.embeddings.mask_token
        self.num_extra = 1 + dimensions.num_registers

    def forward(self, pixel_values: Tensor, **kwargs: Any) -> BaseModelOutputWithPooling:
        """Encode (N, C, S, S) float32 images in [-1, 1]; last_hidden_state is (N, P, F).

        They are normalised in float32 and only then, by the patch embedding, put into the number
        type of the weights, as upstream does.
        """
        mean, std = (
            torch.tensor(values, device=pixel_values.device, dtype=torch.float32)[:, None, None]
            for values in (_IMAGENET_MEAN, _IMAGENET_STD)
        )
        pixels_NCSS = ((pixel_values + 1.0) / 2.0 - mean) / std
        hidden_NTF = self.dino(pixels_NCSS, **kwargs).last_hidden_state
        return BaseModelOutputWithPooling(last_hidden_state=hidden_NTF[:, self.num_extra :])


def siglip_tower(dimensions: VisionDimensions, image_size: int) -> SiglipVisionModel:
    """Build Prismatic's SigLIP with random weights: exact GELU, no norm after the last block."""
    config = SiglipVisionConfig(
        hidden_size=dimensions.width,
        num_hidden_layers=dimensions.depth,
        num_attention_heads=dimensions.num_heads,
        intermediate_size=dimensions.mlp_width,
        image_size=image_size,
        patch_size=dimensions.patch_size,
        # timm's GELU; PaliGemma's SigLIP has the tanh approximation.
        hidden_act='gelu',
        vision_use_head=False,
    )
    tower = SiglipVisionModel(config)
    tower.post_layernorm = nn.Identity()
    return tower
