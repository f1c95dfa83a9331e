# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Features of images after each layer of a vision tower, one vector per image.

Shape suffixes: N images, C channels, S image side, T tokens, P patches, F features of an encoder.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import torch
from torch import Tensor, nn

from genvla_policy.models.encoders import DinoFork, DinoTower


@torch.inference_mode()
def features_by_layer(tower: nn.Module, pixels_NCSS: Tensor) -> list[Tensor]:
    """Encode images; return the mean over the patches after every layer.

    Args:
        tower: One of VLA.vision_towers.
        pixels_NCSS: Images in [-1, 1], float32, on the tower's device.

    Returns:
        Tensors of (N, F) float32: one after each block, in order, and last the features that the
        projector reads. These come after the tower's last norm, or, without a norm, from the last
        block itself.
    """
    blocks, num_extra = _blocks(tower)
    pooled: list[Tensor] = []

    def keep(block: nn.Module, args: Any, output: Any) -> None:
        hidden_NTF = output[0] if isinstance(output, tuple) else output
        pooled.append(_mean(hidden_NTF[:, num_extra:]))

    hooks = [block.register_forward_hook(keep) for block in blocks]
    try:
        features_NPF = tower(pixels_NCSS).last_hidden_state
    finally:
        for hook in hooks:
            hook.remove()
    return [*pooled, _mean(features_NPF)]


def _blocks(tower: nn.Module) -> tuple[Iterable[nn.Module], int]:
    """Return the transformer blocks, and the number of tokens before the patches."""
    if isinstance(tower, DinoTower | DinoFork):
        return tower.blocks, tower.num_extra
    return cast(Any, tower).encoder.layers, 0


def _mean(features_NPF: Tensor) -> Tensor:
    return features_NPF.float().mean(dim=1)
