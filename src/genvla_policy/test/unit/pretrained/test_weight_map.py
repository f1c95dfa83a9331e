# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights that are missing, unexpected or misshapen."""

import pytest
import torch

from genvla_policy.pretrained.convert import convert
from genvla_policy.pretrained.open_pretrained import open_pretrained
from genvla_policy.pretrained.weight_map import MisfittingWeights


def test_missing_unexpected_and_misshapen_weights_are_all_listed(openvla, tmp_path, edit_weights):
    source, _ = openvla

    def edit(weights):
        del weights['vision_backbone.featurizer.blocks.1.attn.proj.bias']
        weights['lora_A'] = torch.zeros(1)
        weights['projector.fc2.bias'] = torch.zeros(3)

    edit_weights(source, edit)
    with pytest.raises(MisfittingWeights) as refusal:
        convert(open_pretrained(source), tmp_path / 'out')
    message = str(refusal.value)
    assert '1 missing: vision_backbone.featurizer.blocks.1.attn.proj.bias' in message
    assert '1 unexpected: lora_A' in message
    assert '1 misshapen: projector.fc2.bias is (3,), the model needs (32,)' in message
    assert not list(tmp_path.glob('out*'))


@pytest.mark.parametrize(
    ('kind', 'layer', 'number'),
    [
        ('openvla', 'language_model.model.layers.1.', 9),
        ('paligemma', 'language_model.layers.1.', 9),
        ('paligemma', 'vision_tower.encoder.layers.1.', 16),
    ],
)
def test_a_missing_last_layer_is_reported(request, tmp_path, kind, layer, number, edit_weights):
    source, _ = request.getfixturevalue(kind)

    def cut(weights):
        for name in [n for n in weights if '.layers.1.' in n and n[:8] == layer[:8]]:
            del weights[name]

    edit_weights(source, cut)
    with pytest.raises(MisfittingWeights, match=rf'{number} missing: ') as refusal:
        convert(open_pretrained(source), tmp_path / 'out')
    assert str(refusal.value).count(layer) == number
