# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Two SigLIP towers of the same shape as one batch: half the calls for a frozen and a trained one.

The arithmetic is that of transformers' own layers. Only answers use this module; training uses
transformers' layers.

Shape suffixes: E towers, N images, C channels, S image side, P patches, F features.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import SiglipVisionModel

from genvla_policy.models.packed_weight import PackedWeight, is_worth_packing

_PLAIN = (nn.Linear, nn.LayerNorm, nn.Conv2d, nn.Embedding)


@dataclass(frozen=True, eq=False)
class _Affine:
    """The weights and biases of one place in all towers: of a norm, or of linear layers."""

    weight: Tensor
    bias: Tensor

    @classmethod
    def of(cls, modules: Sequence[Sequence[nn.Module]]) -> _Affine:
        """Combine modules; each tower may have several that read the same input."""
        return cls(_together(modules, 'weight'), _together(modules, 'bias'))

    def linear(
        self, hidden_EXF: Tensor, activation: Callable[[Tensor], Tensor] | None = None
    ) -> Tensor:
        if self._packed:
            each = zip(self._packed, hidden_EXF, strict=True)
            return torch.stack([packed(hidden_XF, activation) for packed, hidden_XF in each])
        product = torch.baddbmm(self.bias[:, None], hidden_EXF, self.weight.transpose(1, 2))
        return activation(product) if activation else product

    @cached_property
    def _packed(self) -> list[PackedWeight]:
        """One packed weight per tower if packing pays, otherwise an empty list."""
        if not is_worth_packing(self.weight):
            return []
        return [PackedWeight(w, b) for w, b in zip(self.weight, self.bias, strict=True)]

    def norm(self, hidden_EXF: Tensor, eps: float) -> Tensor:
        normed_EXF = functional.layer_norm(hidden_EXF, hidden_EXF.shape[-1:], eps=eps)
        return torch.addcmul(self.bias[:, None], normed_EXF, self.weight[:, None])


class TowerPair:
    """SigLIP towers of the same shape, run layer by layer as one."""

    def __init__(self, towers: Sequence[SiglipVisionModel]) -> None:
        """Lay the towers' weights side by side; see of()."""
        config = towers[0].config
        self._patch_size: int = config.patch_size
        self._num_heads: int = config.num_attention_heads
        self._eps: float = config.layer_norm_eps
        layers = zip(*(cast(Any, tower).encoder.layers for tower in towers), strict=True)
        self._layers = [
            (
                _Affine.of([[layer.layer_norm1] for layer in each]),
                _Affine.of([_qkv(layer) for layer in each]),
                _Affine.of([[layer.self_attn.out_proj] for layer in each]),
                _Affine.of([[layer.layer_norm2] for layer in each]),
                _Affine.of([[layer.mlp.fc1] for layer in each]),
                _Affine.of([[layer.mlp.fc2] for layer in each]),
            )
            for each in layers
        ]
        self._activation = cast(Any, towers[0]).encoder.layers[0].mlp.activation_fn
        embeddings = [cast(Any, tower).embeddings for tower in towers]
        self._patches = _Affine.of([[each.patch_embedding] for each in embeddings])
        self._places = _together([[each.position_embedding] for each in embeddings], 'weight')
        self._last = _Affine.of([[cast(Any, tower).post_layernorm] for tower in towers])

    @classmethod
    def of(cls, towers: Sequence[nn.Module]) -> TowerPair | None:
        """Return towers as one batch, which shares their weights.

        The towers' weights become views of larger tensors: they take no extra memory, and an
        in-place change affects both forms, unless the weights are packed.

        Returns:
            The batch; None if the towers are not plain SigLIP towers of the same shape.
        """
        shapes = {
            tuple((name, each.shape, each.dtype) for name, each in tower.named_parameters())
            for tower in towers
        }
        siglips = [tower for tower in towers if isinstance(tower, SiglipVisionModel)]
        if len(shapes) != 1 or len(siglips) != len(towers) or not _is_plain(towers):
            return None
        kinds = {
            (each.config.num_attention_heads, each.config.hidden_act, each.config.layer_norm_eps)
            for each in siglips
        }
        if len(kinds) != 1 or not all(
            isinstance(cast(Any, each).post_layernorm, nn.LayerNorm) for each in siglips
        ):
            return None
        return cls(siglips)

    def __call__(self, pixels_NCSS: Tensor) -> Tensor:
        """Encode images in [-1, 1]; return (N, P, sum of F), with the towers in their order."""
        num_images = len(pixels_NCSS)
        hidden_EXF = self._embed(pixels_NCSS)
        for norm1, qkv, out, norm2, fc1, fc2 in self._layers:
            heads = qkv.linear(norm1.norm(hidden_EXF, self._eps))
            queries, keys, values = (
                heads.view(-1, hidden_EXF.shape[1] // num_images, 3, self._num_heads, self._head)
                .permute(2, 0, 3, 1, 4)
                .unbind()
            )
            attended = functional.scaled_dot_product_attention(queries, keys, values)
            attended_EXF = attended.transpose(1, 2).reshape(hidden_EXF.shape)
            hidden_EXF = hidden_EXF + out.linear(attended_EXF)
            wide = fc1.linear(norm2.norm(hidden_EXF, self._eps), self._activation)
            hidden_EXF = hidden_EXF + fc2.linear(wide)
        features_EXF = self._last.norm(hidden_EXF, self._eps)
        features_ENPF = features_EXF.view(
            len(features_EXF), num_images, -1, features_EXF.shape[-1]
        )
        return torch.cat(features_ENPF.unbind(), dim=-1)

    @property
    def _head(self) -> int:
        """Number of channels of an attention head."""
        return self._last.weight.shape[-1] // self._num_heads

    def _embed(self, pixels_NCSS: Tensor) -> Tensor:
        weight, bias = self._patches.weight.flatten(0, 1), self._patches.bias.flatten()
        embedded = functional.conv2d(
            pixels_NCSS.to(weight.dtype), weight, bias, stride=self._patch_size
        )
        num_towers, num_patches, num_features = self._places.shape
        embedded_ENPF = embedded.view(
            len(pixels_NCSS), num_towers, num_features, num_patches
        ).permute(1, 0, 3, 2)
        hidden_ENPF = embedded_ENPF + self._places[:, None]
        return hidden_ENPF.reshape(num_towers, -1, num_features)


def _qkv(layer: Any) -> list[nn.Module]:
    attention = layer.self_attn
    return [attention.q_proj, attention.k_proj, attention.v_proj]


def _together(modules: Sequence[Sequence[nn.Module]], name: str) -> Tensor:
    """Copy parameters into one tensor with a row per tower; they become views of it."""
    together = torch.stack(
        [torch.cat([getattr(each, name).detach() for each in tower]) for tower in modules]
    )
    for tower, row in zip(modules, together, strict=True):
        start = 0
        for each in tower:
            end = start + len(getattr(each, name))
            setattr(each, name, nn.Parameter(row[start:end], requires_grad=False))
            start = end
    return together


def _is_plain(towers: Sequence[nn.Module]) -> bool:
    """Return whether all parameters belong to plain layers."""
    return all(
        type(module) in _PLAIN
        for tower in towers
        for module in tower.modules()
        if any(True for _ in module.parameters(recurse=False))
    )
