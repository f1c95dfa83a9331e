# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Required sizes of the parts of a Prismatic model."""

from dataclasses import replace

import pytest

from genvla_policy.checkpoint.safetensors_folder import WeightInfo
from genvla_policy.pretrained.pretrained import NotAModel
from genvla_policy.pretrained.prismatic_parts import HUB, prismatic_dimensions


def test_a_siglip_for_another_image_size_than_published_is_rejected(timm_vit_weights):
    names = ('dino.', 'siglip.')
    weights = {
        'dino.' + name: weight
        for name, weight in timm_vit_weights(32, 1, 8, patches=1024, registers=4).items()
    } | {
        'siglip.' + name: weight
        for name, weight in timm_vit_weights(1152, 1, 8, patches=1024).items()
    }
    infos = {name: WeightInfo(tuple(w.shape), w.dtype) for name, w in weights.items()}
    parts = replace(HUB, dino=names[0], siglip=names[1])
    with pytest.raises(NotAModel, match='SigLIP for 448 px; expected 224 px'):
        prismatic_dimensions(infos, parts, norm_eps=1e-5, head_dim=16, depth=1)
