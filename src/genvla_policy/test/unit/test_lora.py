# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""peft addresses the networks as docs/models.md says."""

import pytest
import torch

from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.build import build_model
from genvla_policy.models.tiny import tiny_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

peft = pytest.importorskip('peft', reason='peft is not installed')

TOKENIZER = build_tiny_tokenizer()


@pytest.mark.parametrize('system', ['pi0_plus', 'pi0_d', 'openvla', 'openvla_plus'])
def test_adapters_are_trained_and_keep_off_what_is_frozen(system):
    torch.manual_seed(0)
    model = build_model(tiny_config(system), TOKENIZER)
    ids = [TOKENIZER.special_id('bos'), *range(300, 320)]
    sample = Sample(torch.rand(1, 3, 128, 128), ids, [False] * 10 + [True] * 11, torch.rand(1, 7))
    batch = Batch.collate([sample], num_cameras=1, horizon=1, action_dim=7)
    before = model(batch).language.item()
    exclude = r'.*(towers\.(frozen|siglip)\..*|lm_head)'
    lora = peft.LoraConfig(r=4, target_modules='all-linear', exclude_modules=exclude)
    adapted = peft.get_peft_model(model, lora)
    loss = adapted(batch)
    assert loss.language.item() == pytest.approx(before, abs=1e-5)
    loss.total.backward()
    trained = {name: p for name, p in adapted.named_parameters() if p.requires_grad}
    assert trained
    assert all('lora_' in name and p.grad is not None for name, p in trained.items())
    assert not any('towers.frozen' in name for name in trained)
