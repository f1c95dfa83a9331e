# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Low-rank adapters merge into plain weights with the same answers."""

import pytest
import torch

from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.build import build_model
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_training.run.config import LoraOptions, OptimizerOptions
from genvla_training.run.distribution import set_dtypes
from genvla_training.run.lora import add_adapters, merged, with_adapters
from genvla_training.run.schedule import make_optimizer

TOKENIZER = build_tiny_tokenizer()
OPTIONS = LoraOptions(rank=4, alpha=8)


@pytest.mark.parametrize('system', ['pi0_plus', 'openvla_plus', 'pi0_c'])
def test_merged_weights_give_the_same_answers_as_the_adapters(system):
    torch.manual_seed(0)
    config = system_config(system, 'tiny')
    plain, adapted = (build_model(config, TOKENIZER).eval() for _ in range(2))
    adapted.load_state_dict(plain.state_dict())
    add_adapters(adapted, OPTIONS)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if '.lora_B.' in name:
                parameter.normal_(std=0.05)
    ids = [TOKENIZER.special_id('bos'), *range(300, 312)]
    sample = Sample(torch.rand(1, 3, 128, 128), ids, [False] * 6 + [True] * 7)
    batch = Batch.collate([sample], num_cameras=1, horizon=1, action_dim=7)
    before = plain(batch).language.item()
    plain.load_state_dict(merged(adapted.state_dict(), OPTIONS))
    with torch.inference_mode():
        after, wanted = plain(batch).language.item(), adapted(batch).language.item()
    assert after == pytest.approx(wanted, rel=1e-5)
    assert after != pytest.approx(before, rel=1e-3)


def test_small_adapter_updates_are_not_lost_to_rounding():
    model = build_model(system_config('pi0_plus', 'tiny'), TOKENIZER)
    add_adapters(model, OPTIONS)
    set_dtypes(model, 'bf16')
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if '.lora_B.' in name:
                parameter.normal_(std=1e-5)
    weights = model.state_dict()
    name = next(each for each in weights if each.endswith('.base_layer.weight'))
    down, up = (weights[each] for each in with_adapters(name)[1:])
    learnt = OPTIONS.alpha / OPTIONS.rank * up @ down
    whole = merged(weights, OPTIONS)[name.replace('.base_layer.', '.')]
    torch.testing.assert_close(whole - weights[name].float(), learnt, rtol=0.1, atol=1e-8)


def test_only_adapters_are_trained():
    model = build_model(system_config('pi0_plus', 'tiny'), TOKENIZER)
    add_adapters(model, OPTIONS)
    trained = [name for name, p in model.named_parameters() if p.requires_grad]
    assert trained
    assert all('.lora_' in name and 'frozen' not in name for name in trained)


def test_an_unfrozen_tower_also_has_adapters():
    model = build_model(system_config('openvla_s', 'tiny'), TOKENIZER)
    add_adapters(model, OPTIONS)
    trained = [name for name, p in model.named_parameters() if p.requires_grad]
    assert any('siglip' in name for name in trained)
    assert any('dino' in name for name in trained)


def test_the_expert_of_a_flow_head_is_trained_in_full_and_pretrained_weights_stay():
    torch.manual_seed(0)
    model = build_model(system_config('pi0_c', 'tiny'), TOKENIZER)
    new = tuple(f'{part}.' for part in model.new_parts)
    add_adapters(model, OPTIONS)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    assert {n for n in before if '.vlm.' not in n} == {n for n in before if n.startswith(new)}
    optimizer = make_optimizer(model, OptimizerOptions(learning_rate=1e-2))
    ids = [TOKENIZER.special_id('bos'), *range(300, 312)]
    is_target = [False] * 6 + [True] * 7
    robot = Sample(torch.rand(1, 3, 128, 128), ids, [False] * len(ids), torch.rand(1, 7))
    caption = Sample(torch.rand(1, 3, 128, 128), ids, is_target)
    batch = Batch.collate([robot, caption], num_cameras=1, horizon=1, action_dim=7)
    for _ in range(2):  # an adapter's first matrix moves once its second one has
        model(batch).total.backward()
        optimizer.step()
        optimizer.zero_grad()
    moved = {n for n, weight in model.state_dict().items() if not torch.equal(weight, before[n])}
    adapters = {n for n in before if '.lora_' in n}
    assert adapters
    assert not any(name.startswith(new) for name in adapters)
    # The state that it multiplies is zeros.
    still = {'network.embed_action_time.state_proj.weight'}
    assert moved == (adapters | {n for n in before if n.startswith(new)}) - still


def test_without_adapters_merging_changes_nothing():
    weights = {'a': torch.ones(2)}
    assert merged(weights, LoraOptions()) == weights
