# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""peft addresses the networks as described in docs/models.md."""

import re

import pytest
import torch

from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.build import build_model
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

peft = pytest.importorskip('peft', reason='peft is not installed')

TOKENIZER = build_tiny_tokenizer()


@pytest.mark.parametrize(
    ('system', 'changes', 'towers'),
    [
        ('pi0_plus', {}, {'trained'}),
        ('pi0_d', {}, {'trained'}),
        ('openvla', {}, {'dino', 'siglip'}),
        ('openvla_plus', {}, {'dino'}),
        ('openvla_plus', {'frozen_encoder': 'dino'}, {'siglip'}),
    ],
)
def test_adapters_are_only_on_the_trained_layers(system, changes, towers):
    torch.manual_seed(0)
    model = build_model(tiny_config(system, **changes), TOKENIZER)
    ids = [TOKENIZER.special_id('bos'), *range(300, 320)]
    sample = Sample(torch.rand(1, 3, 128, 128), ids, [False] * 10 + [True] * 11, torch.rand(1, 7))
    batch = Batch.collate([sample], num_cameras=1, horizon=1, action_dim=7)
    before = model(batch).language.item()
    exclude = [*model.frozen_linears, 'lm_head']
    lora = peft.LoraConfig(r=4, target_modules='all-linear', exclude_modules=exclude)
    adapted = peft.get_peft_model(model, lora)
    loss = adapted(batch)
    assert loss.language.item() == pytest.approx(before, abs=1e-5)
    loss.total.backward()
    trained = {name: p for name, p in adapted.named_parameters() if p.requires_grad}
    assert trained
    assert all('lora_' in name and p.grad is not None for name, p in trained.items())
    assert {
        match[1] for match in map(re.compile(r'.*towers\.(\w+)').match, trained) if match
    } == towers
