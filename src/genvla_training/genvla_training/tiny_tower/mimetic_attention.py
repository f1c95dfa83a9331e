# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How the attention of an untrained tiny language model begins: it looks for what is alike."""

from __future__ import annotations

import torch
from torch import nn

from genvla_policy.models.pi0 import Pi0

_CONTENT_HEADS = 2
"""Heads of a layer that look for content; the others are free to look for places."""
_SCALE = 1.4
"""Of these heads' projections: a match of normalised states scores about 7 before the softmax."""
_STD = 0.02


def look_for_like(model: Pi0, seed: int) -> None:
    """Have some heads of every layer begin with queries and keys that are the same projection.

    So a word attends to the patches that look like it, from the first step. It is the slow half of
    the rotary frequencies that they share: the fast half would have each token find itself alone.

    Args:
        model: Whose language model is changed, in place.
        seed: Decides the projections.

    Source: Trockman and Kolter, Mimetic initialization of self-attention layers (ICML 2023).
    """
    random = torch.Generator().manual_seed(seed)
    for layer in model.paligemma.language_model.layers:
        query, key = layer.self_attn.q_proj.weight, layer.self_attn.k_proj.weight
        head_dim = layer.self_attn.head_dim
        slow = torch.arange(head_dim // 4, head_dim // 2)
        rows = torch.cat([slow, slow + head_dim // 2])
        with torch.no_grad():
            nn.init.normal_(query, std=_STD, generator=random)
            nn.init.normal_(key, std=_STD, generator=random)
            alike = torch.empty(len(rows), key.shape[1])
            nn.init.orthogonal_(alike, generator=random)
            key[rows] = _SCALE * alike
            for head in range(min(_CONTENT_HEADS, len(query) // head_dim)):
                query[head * head_dim + rows] = _SCALE * alike
