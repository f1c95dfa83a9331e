# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Vision encoders: transformers' SigLIP and DINOv2, alone or in pairs.

Shape suffixes: N images, C channels, S image side, P patches, F features of an encoder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
import copy
from typing import Any, cast

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

# ImageNet's mean and standard deviation in bfloat16, as in preprocessor_config.json of
# openvla/openvla-7b.
_IMAGENET_MEAN = (0.484375, 0.455078125, 0.40625)
_IMAGENET_STD = (0.228515625, 0.2236328125, 0.224609375)


FROZEN_TOWER, TRAINED_TOWER = 'frozen', 'trained'
"""Names of the two copies of a single encoder."""


class DualEncoder(nn.Module):
    """Two encoders that read the same images; their features are concatenated along channels.

    A frozen encoder gets no gradient and stays in evaluation mode, even after train(). An
    optimizer with only the parameters that require a gradient keeps no state for it.

    The output has the format of a transformers vision model, so an encoder can replace one.

    Attributes:
        towers: The encoders by name, in the order of their features.
        frozen: Name of the frozen encoder. Empty: none is frozen.
        pair: Both encoders as one batch. None: they run one after the other.
    """

    def __init__(self, towers: Mapping[str, nn.Module], frozen: str) -> None:
        """Combine encoders.

        Raises:
            ValueError: No encoder has the name of the frozen one.
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
        """Run both as one batch if they allow it; they must not be trained after this."""
        self.pair = TowerPair.of(list(self.towers.values()))

    def train(self, mode: bool = True) -> DualEncoder:
        """Set the mode of all encoders except the frozen one."""
        super().train(mode)
        if self.frozen:
            self.towers[self.frozen].eval()
        return self


class DinoTower(nn.Module):
    """DINOv2 with registers: the patch features of its last block, before any norm.

    Attributes:
        dino: The transformers model.
        num_extra: Number of tokens before the patches: the class token and the registers.
    """

    def __init__(self, dimensions: VisionDimensions, image_size: int) -> None:
        """Build the tower with random weights."""
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
        # Patches are never masked here, and a parameter without a gradient stops DDP.
        del self.dino.embeddings.mask_token
        self.num_extra = 1 + dimensions.num_registers

    def forward(self, pixel_values: Tensor, **kwargs: Any) -> BaseModelOutputWithPooling:
        """Encode (N, C, S, S) float32 images in [-1, 1]; last_hidden_state is (N, P, F).

        Images are normalised in float32. Only the patch embedding converts them to the number
        type of the weights, as upstream does.
        """
        hidden_NTF = self.dino(_imagenet_pixels(pixel_values), **kwargs).last_hidden_state
        return BaseModelOutputWithPooling(last_hidden_state=hidden_NTF[:, self.num_extra :])

    def embed(self, pixel_values: Tensor) -> Tensor:
        """Convert images in [-1, 1] to the tokens that the first block reads, (N, T, F)."""
        hidden_NTF: Tensor = self.dino.embeddings(_imagenet_pixels(pixel_values))
        return hidden_NTF

    @property
    def blocks(self) -> nn.ModuleList:
        """The transformer blocks."""
        return cast(nn.ModuleList, self.dino.encoder.layer)


class DinoFork(nn.Module):
    """A copy of the last blocks of a DINOv2 tower, after the blocks that both share.

    Attributes:
        own: The copied blocks.
    """

    def __init__(self, tower: DinoTower, num_shared: int) -> None:
        """Copy all but the first `num_shared` blocks."""
        super().__init__()
        self.own = copy.deepcopy(tower.blocks[num_shared:])
        # In a list, so that the tower's weights are not registered here a second time.
        self._whole = [tower]

    @property
    def blocks(self) -> Sequence[nn.Module]:
        """The blocks that an image passes through, shared ones first."""
        return [*self._shared_blocks, *self.own]

    @property
    def num_shared(self) -> int:
        """Number of blocks that it shares with the whole tower."""
        return len(self._whole[0].blocks) - len(self.own)

    @property
    def num_extra(self) -> int:
        """Number of tokens before the patches."""
        return self._whole[0].num_extra

    @property
    def _shared_blocks(self) -> Sequence[nn.Module]:
        return list(self._whole[0].blocks[: self.num_shared])

    def forward(self, pixel_values: Tensor, **kwargs: Any) -> BaseModelOutputWithPooling:
        """Encode images as the whole tower does, but with its own blocks at the end."""
        return self.finish(self.begin(pixel_values))

    @torch.no_grad()
    def begin(self, pixel_values: Tensor) -> Tensor:
        """Run the shared blocks, which are frozen; return (N, T, F)."""
        return _run(self._shared_blocks, self._whole[0].embed(pixel_values))

    def finish(self, hidden_NTF: Tensor) -> BaseModelOutputWithPooling:
        """Continue from the output of the shared blocks."""
        hidden_NTF = _run(self.own, hidden_NTF)
        return BaseModelOutputWithPooling(last_hidden_state=hidden_NTF[:, self.num_extra :])


class ForkedEncoder(DualEncoder):
    """A frozen DINOv2 tower and a trained copy of its last blocks; the shared blocks run once."""

    def __init__(self, tower: DinoTower, num_shared: int) -> None:
        """Freeze a tower, and copy all but its first `num_shared` blocks."""
        towers = {FROZEN_TOWER: tower, TRAINED_TOWER: DinoFork(tower, num_shared)}
        super().__init__(towers, frozen=FROZEN_TOWER)

    def forward(self, pixel_values: Tensor, **kwargs: Any) -> BaseModelOutputWithPooling:
        """Encode (N, C, S, S) images in [-1, 1]; last_hidden_state is (N, P, sum of F)."""
        tower = cast(DinoTower, self.towers[FROZEN_TOWER])
        fork = cast(DinoFork, self.towers[TRAINED_TOWER])
        shared_NTF = fork.begin(pixel_values)
        with torch.no_grad():
            frozen_NTF = _run(tower.blocks[fork.num_shared :], shared_NTF)
        trained_NPF = fork.finish(shared_NTF).last_hidden_state
        features = [frozen_NTF[:, tower.num_extra :], trained_NPF]
        return BaseModelOutputWithPooling(last_hidden_state=torch.cat(features, dim=-1))


def _run(blocks: Iterable[nn.Module], hidden_NTF: Tensor) -> Tensor:
    for block in blocks:
        hidden_NTF = block(hidden_NTF)
    return hidden_NTF


def _imagenet_pixels(pixel_values: Tensor) -> Tensor:
    mean, std = (
        torch.tensor(values, device=pixel_values.device, dtype=torch.float32)[:, None, None]
        for values in (_IMAGENET_MEAN, _IMAGENET_STD)
    )
    return ((pixel_values + 1.0) / 2.0 - mean) / std


def siglip_tower(dimensions: VisionDimensions, image_size: int) -> SiglipVisionModel:
    """Build Prismatic's SigLIP with random weights: exact GELU, no norm after the last block."""
    config = SiglipVisionConfig(
        hidden_size=dimensions.width,
        num_hidden_layers=dimensions.depth,
        num_attention_heads=dimensions.num_heads,
        intermediate_size=dimensions.mlp_width,
        image_size=image_size,
        patch_size=dimensions.patch_size,
        # timm's GELU; PaliGemma's SigLIP uses the tanh approximation.
        hidden_act='gelu',
        vision_use_head=False,
    )
    tower = SiglipVisionModel(config)
    tower.post_layernorm = nn.Identity()
    return tower
