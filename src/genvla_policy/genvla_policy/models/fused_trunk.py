# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Gemma and Llama in half the calls: a pass over few tokens is mostly overhead.

The arithmetic is that of transformers' own layers, but projections that read the same input are
computed as one. Only answers use this module; training uses transformers' layers.

Shape suffixes: B rows, N new tokens, M seen slots, D width, H heads, K key-value heads, F head
width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel
from transformers.cache_utils import Cache
from transformers.models.gemma.modeling_gemma import GemmaModel, GemmaRMSNorm
from transformers.models.llama.modeling_llama import LlamaModel, LlamaRMSNorm

from genvla_policy.models.packed_weight import PackedWeight


@dataclass(frozen=True, eq=False)
class _Norm:
    """A root-mean-square norm."""

    weight_D: Tensor
    eps: float
    is_gemma: bool

    @classmethod
    def of(cls, norm: nn.Module) -> _Norm:
        assert isinstance(norm, GemmaRMSNorm | LlamaRMSNorm)
        weight_D = cast(Tensor, norm.weight)
        if isinstance(norm, GemmaRMSNorm):
            return cls(1.0 + weight_D.float(), norm.eps, is_gemma=True)
        return cls(weight_D, norm.variance_epsilon, is_gemma=False)

    def __call__(self, hidden_BND: Tensor) -> Tensor:
        # Gemma multiplies by the weight before rounding to the dtype, Llama after it.
        kind, shape = hidden_BND.dtype, self.weight_D.shape
        if self.is_gemma:
            return functional.rms_norm(hidden_BND.float(), shape, self.weight_D, self.eps).to(kind)
        normed_BND = functional.rms_norm(hidden_BND.float(), shape, eps=self.eps)
        return self.weight_D * normed_BND.to(kind)


@dataclass(frozen=True, eq=False)
class _Layer:
    """The weights of one layer."""

    before: _Norm
    qkv: PackedWeight
    out: PackedWeight
    between: _Norm
    gate_up: PackedWeight
    down: PackedWeight


class FusedTrunk:
    """A language model without its head, run layer by layer on its own weights."""

    def __init__(self, trunk: GemmaModel | LlamaModel) -> None:
        """Lay weights that are used together side by side; see of()."""
        config = trunk.config
        self._rotary = trunk.rotary_emb
        self._head_dim: int = config.head_dim
        self._num_heads: int = config.num_attention_heads
        self._num_kv_heads: int = config.num_key_value_heads
        self._layers: list[_Layer] = []
        for each in trunk.layers:
            layer = cast(Any, each)
            attention, mlp = layer.self_attn, layer.mlp
            self._activation = mlp.act_fn
            self._layers.append(
                _Layer(
                    _Norm.of(layer.input_layernorm),
                    _side_by_side([attention.q_proj, attention.k_proj, attention.v_proj]),
                    PackedWeight(attention.o_proj.weight),
                    _Norm.of(layer.post_attention_layernorm),
                    _side_by_side([mlp.gate_proj, mlp.up_proj]),
                    PackedWeight(mlp.down_proj.weight),
                )
            )
        self._norm = _Norm.of(trunk.norm)

    @classmethod
    def of(cls, trunk: PreTrainedModel) -> FusedTrunk | None:
        """Return the fused form of a trunk, which shares its weights.

        The projections' weights become views of larger tensors: they take no extra memory, and an
        in-place change affects both forms. Gemma's norms are copied, and so are packed weights.

        Returns:
            The fused trunk; None if the trunk has parts that are not plain (adapters, quantised
            layers, biases), or is another model.
        """
        if not isinstance(trunk, GemmaModel | LlamaModel):
            return None
        for layer in trunk.layers:
            for module in layer.modules():
                is_projection = hasattr(module, 'weight') and not isinstance(
                    module, GemmaRMSNorm | LlamaRMSNorm
                )
                if is_projection and not _is_plain(module):
                    return None
        return cls(trunk)

    def __call__(
        self, hidden_BND: Tensor, mask_BNM: Tensor | None, positions_BN: Tensor, cache: Cache
    ) -> Tensor:
        """Read tokens.

        Args:
            hidden_BND: Embeddings of the tokens.
            mask_BNM: Slots that each token attends to. None: the cache is empty, and each token
                attends to those before it.
            positions_BN: Positions of the tokens.
            cache: Receives the keys and values.

        Returns:
            (B, N, D) final hidden states.
        """
        cos_BNF, sin_BNF = self._rotary(hidden_BND, position_ids=positions_BN)
        cos, sin = cos_BNF[:, None], sin_BNF[:, None]
        # Half of the rotated channels enter with the opposite sign.
        half = self._head_dim // 2
        sin = torch.cat([-sin[..., :half], sin[..., half:]], dim=-1)
        mask = None if mask_BNM is None else mask_BNM[:, None]
        for index, layer in enumerate(self._layers):
            if layer.out.device != hidden_BND.device:
                # Layers may be on several devices, each with consecutive layers.
                mask = None if mask is None else mask.to(layer.out.device)
                hidden_BND, cos, sin = (
                    each.to(layer.out.device) for each in (hidden_BND, cos, sin)
                )
            attended_BND = self._attend(
                layer, layer.before(hidden_BND), (cos, sin), mask, (cache, index)
            )
            hidden_BND = hidden_BND + attended_BND
            gate, up = layer.gate_up(layer.between(hidden_BND)).chunk(2, dim=-1)
            hidden_BND = hidden_BND + layer.down(self._activation(gate) * up)
        return self._norm(hidden_BND.to(self._norm.weight_D.device))

    def _attend(
        self,
        layer: _Layer,
        hidden_BND: Tensor,
        rotation: tuple[Tensor, Tensor],
        mask: Tensor | None,
        place: tuple[Cache, int],
    ) -> Tensor:
        num_rows, num_new, _ = hidden_BND.shape
        num_turned = self._num_heads + self._num_kv_heads
        qkv = layer.qkv(hidden_BND)
        qkv = qkv.view(num_rows, num_new, -1, self._head_dim).transpose(1, 2)
        cos, sin = rotation
        turned = qkv[:, :num_turned]
        turned = turned * cos + turned.roll(self._head_dim // 2, dims=-1) * sin
        cache, index = place
        all_keys, all_values = cache.update(
            turned[:, self._num_heads :], qkv[:, num_turned:], index
        )
        attended = functional.scaled_dot_product_attention(
            turned[:, : self._num_heads],
            all_keys,
            all_values,
            attn_mask=mask,
            is_causal=mask is None,
            enable_gqa=self._num_kv_heads < self._num_heads,
        )
        return layer.out(attended.transpose(1, 2).reshape(num_rows, num_new, -1))


def _is_plain(module: nn.Module) -> bool:
    """Return whether a projection is only a matrix; some quantise by the weight's class."""
    return (
        type(module) is nn.Linear
        and module.bias is None
        and type(module.weight) in (nn.Parameter, Tensor)
        and module.weight.is_floating_point()
    )


def _side_by_side(projections: Sequence[nn.Linear]) -> PackedWeight:
    """Copy the rows of several weights into one tensor; the weights become views of it."""
    together = torch.cat([each.weight.detach() for each in projections])
    start = 0
    for each in projections:
        end = start + each.out_features
        each.weight = nn.Parameter(together[start:end], requires_grad=False)
        start = end
    return PackedWeight(together)
