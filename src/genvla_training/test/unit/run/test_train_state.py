# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Tensors of a training state on disk are restored bitwise, or refused."""

import pytest
import torch
from torch import nn
from torch.optim import AdamW

from genvla_training.run.train_state import (
    StateUnreadable,
    moments_of,
    read_step,
    read_tensors,
    set_num_steps,
    write_step,
    write_tensors,
)

TENSORS = {
    'weights/a.weight': torch.arange(6.0).reshape(2, 3),
    'weights/b.weight': torch.arange(8, dtype=torch.bfloat16),
}


def empty():
    return {name: torch.zeros_like(tensor) for name, tensor in TENSORS.items()}


def test_tensors_are_restored_bitwise(tmp_path):
    write_tensors(tmp_path, TENSORS)
    read = empty()
    read_tensors(tmp_path, read)
    assert all(torch.equal(read[name], tensor) for name, tensor in TENSORS.items())


def test_a_state_is_written_only_as_safetensors(tmp_path):
    write_tensors(tmp_path, TENSORS)
    assert {path.suffix for path in tmp_path.iterdir()} == {'.safetensors'}


@pytest.mark.parametrize('damage', ['truncated', 'gone'])
def test_a_damaged_state_is_refused_with_a_remedy(tmp_path, damage):
    write_tensors(tmp_path, TENSORS)
    (file,) = tmp_path.iterdir()
    file.unlink() if damage == 'gone' else file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(StateUnreadable, match=r'cannot be read .* resume from the previous one'):
        read_tensors(tmp_path, empty())


def test_a_step_that_is_not_a_number_is_refused(tmp_path):
    write_step(tmp_path, 7)
    assert read_step(tmp_path) == 7
    (tmp_path / 'state.json').write_text('{')
    with pytest.raises(StateUnreadable, match=r'state\.json cannot be read'):
        read_step(tmp_path)


def test_an_optimizer_with_restored_moments_and_steps_continues_identically(tmp_path):
    torch.manual_seed(0)
    models = [nn.Linear(3, 2) for _ in range(2)]
    models[1].load_state_dict(models[0].state_dict())
    first, second = (AdamW(model.parameters(), lr=0.1, fused=True) for model in models)
    gradients = [torch.randn(2, 3) for _ in range(4)]
    step(models[0], first, gradients[:3])
    write_tensors(tmp_path, moments_of(models[0], first))
    models[1].load_state_dict(models[0].state_dict())
    read_tensors(tmp_path, moments_of(models[1], second))
    set_num_steps(second, 3)
    for model, optimizer in zip(models, (first, second), strict=True):
        step(model, optimizer, gradients[3:])
    assert torch.equal(models[0].weight, models[1].weight)


def step(model, optimizer, gradients):
    for gradient in gradients:
        model.weight.grad, model.bias.grad = gradient.clone(), gradient[:, 0].clone()
        optimizer.step()
