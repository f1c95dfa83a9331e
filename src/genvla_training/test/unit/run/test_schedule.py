# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Learning rates, weight decay, averages of weights."""

import pytest
import torch
from torch import nn
from transformers import get_cosine_schedule_with_warmup

from genvla_training.run.config import OptimizerOptions
from genvla_training.run.schedule import (
    WeightAverage,
    freeze_vision,
    learning_rate,
    make_optimizer,
    set_learning_rate,
)

OPTIONS = OptimizerOptions(learning_rate=1.0, schedule='cosine', warmup_steps=9)


def test_the_rate_rises_and_then_falls_to_a_tenth():
    rates = [learning_rate(OPTIONS, step, 109) for step in range(109)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == pytest.approx(1.0)
    assert rates[59] == pytest.approx(0.55)
    assert rates[-1] == pytest.approx(0.1, abs=1e-3)
    assert max(rates) == 1.0


def test_a_cosine_to_zero_matches_transformers():
    options = OptimizerOptions(learning_rate=2e-5, schedule='cosine', final_rate=0.0)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=2e-5)
    theirs = get_cosine_schedule_with_warmup(optimizer, 0, 50)
    for step in range(50):
        assert learning_rate(options, step, 50) == pytest.approx(theirs.get_last_lr()[0])
        optimizer.step()
        theirs.step()
    assert theirs.get_last_lr()[0] == 0.0


def test_a_constant_rate_does_not_change():
    options = OptimizerOptions(learning_rate=2e-5)
    assert {learning_rate(options, step, 10) for step in range(10)} == {2e-5}


def test_only_matrices_have_weight_decay():
    model = nn.ModuleDict({'linear': nn.Linear(3, 2), 'embed_tokens': nn.Embedding(4, 3)})
    optimizer = make_optimizer(model, OptimizerOptions(weight_decay=0.1))
    decayed, others = optimizer.param_groups
    assert [p.shape for p in decayed['params']] == [(2, 3)]
    assert decayed['weight_decay'] == 0.1
    assert len(others['params']) == 2
    assert others['weight_decay'] == 0.0


def test_frozen_weights_are_not_optimized():
    with pytest.raises(ValueError, match='nothing would be trained'):
        make_optimizer(nn.Linear(2, 2).requires_grad_(False), OPTIONS)


def test_vision_can_have_its_own_rate():
    model = nn.ModuleDict({'vision_tower': nn.Linear(2, 2), 'text': nn.Linear(2, 2)})
    optimizer = make_optimizer(model, OptimizerOptions(learning_rate=1.0, vision_rate=0.1))
    set_learning_rate(optimizer, 0.5)
    rates = {id(p): group['lr'] for group in optimizer.param_groups for p in group['params']}
    assert {rates[id(p)] for p in model['vision_tower'].parameters()} == {0.05}
    assert {rates[id(p)] for p in model['text'].parameters()} == {0.5}


def test_vision_without_a_rate_is_frozen():
    model = nn.ModuleDict({'vision_tower': nn.Linear(2, 2), 'text': nn.Linear(2, 2)})
    freeze_vision(model, OptimizerOptions(vision_rate=0.0))
    assert not any(p.requires_grad for p in model['vision_tower'].parameters())
    assert all(p.requires_grad for p in model['text'].parameters())


def test_the_average_follows_the_weights_and_swaps_with_them():
    weight = nn.Parameter(torch.zeros(1))
    average = WeightAverage([weight], decay=0.75)
    weight.data.fill_(4.0)
    average.update()
    assert average.averages[0].item() == 1.0
    average.swap()
    assert (weight.item(), average.averages[0].item()) == (1.0, 4.0)
    average.swap()
    assert (weight.item(), average.averages[0].item()) == (4.0, 1.0)
