# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parts of the training loop that a complete tiny run does not cover."""

from types import SimpleNamespace

from accelerate import Accelerator
import pytest
import torch
from transformers.modeling_layers import GradientCheckpointingLayer

from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.build import build_model
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.models.vla import Loss
from genvla_training.data.loader import LoadedBatch
from genvla_training.run.config import (
    ModelChoice,
    OptimizerOptions,
    RobotData,
    TrainConfig,
    ValidationOptions,
)
from genvla_training.run.run_folder import RunFolder
from genvla_training.run.trainer import Trainer, _checkpoint_gradients

TOKENIZER = build_tiny_tokenizer()


@pytest.mark.parametrize('system', ['pi0_plus', 'openvla_plus', 'pi0_inst_aug', 'openvla'])
def test_gradient_checkpointing_applies_to_every_supported_layer(system):
    model = build_model(system_config(system, 'tiny'), TOKENIZER)
    _checkpoint_gradients(model)
    in_trunk = {id(module) for module in model.trunk.modules()}
    has_flow = model.config.action_head == 'flow'
    layers = [m for m in model.modules() if isinstance(m, GradientCheckpointingLayer)]
    assert any(id(layer) in in_trunk for layer in layers)
    assert any(id(layer) not in in_trunk for layer in layers)
    for layer in layers:
        if not has_flow or id(layer) in in_trunk:
            assert layer.gradient_checkpointing is not has_flow


def trainer_of(tmp_path, model, micro_batch_size):
    config = TrainConfig(
        tmp_path,
        ModelChoice('pi0_d'),
        robot=(RobotData(tmp_path),),
        micro_batch_size=micro_batch_size,
        optimizer=OptimizerOptions(clip_norm=1e9),
        precision='float32',
        validation=ValidationOptions(every_steps=0),
    )
    data = SimpleNamespace(names=['demos'], held_out=[])
    start = SimpleNamespace(model=model, config=system_config('pi0_plus', 'tiny'))
    return Trainer(config, start, data, Accelerator(cpu=True), RunFolder(tmp_path))


@pytest.mark.parametrize('system', ['pi0_plus', 'openvla_plus'])
def test_pieces_are_padded_to_their_longest_text_with_the_same_gradient(tmp_path, system):
    pixels = torch.rand(4, 1, 3, 128, 128, generator=torch.Generator().manual_seed(0)) * 2 - 1
    # A robot's text is short and a conversation is long; the batch has them mixed.
    samples = [
        Sample.of_answer(each, [2, *range(300, 300 + prompt)], range(400, 400 + answer))
        for each, prompt, answer in zip(pixels, (5, 60, 6, 40), (4, 20, 4, 9), strict=True)
    ]
    batch = Batch.collate(samples, num_cameras=1, horizon=1, action_dim=7)
    gradients, widths = {}, []
    for size in (0, 2):
        torch.manual_seed(0)
        model = build_model(system_config(system, 'tiny'), TOKENIZER)
        trainer = trainer_of(tmp_path, model, size)
        trainer._optimizer = SimpleNamespace(
            param_groups=[], step=lambda: None, zero_grad=lambda: None
        )
        model.register_forward_pre_hook(
            lambda _, given: widths.append(tuple(given[0].token_ids_BT.shape))
        )
        cost = trainer._train_step(LoadedBatch(batch, ['demos'] * 4, 0))
        gradients[size] = cost['loss'], {n: p.grad for n, p in model.named_parameters()}
    assert widths == [(4, 81), (2, 81), (2, 11)]
    torch.testing.assert_close(gradients[2], gradients[0], atol=1e-6, rtol=1e-3)


class FlowOnly(torch.nn.Module):
    """A model whose loss is the mean first number of all recorded actions times one weight."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))

    def leave_out_padding(self):
        pass

    def forward(self, batch):
        values = batch.actions_BHA[batch.is_action_BH][:, 0]
        flow = self.weight * (values.mean() if len(values) else torch.zeros(()))
        nothing_B = torch.zeros(len(batch), device=flow.device)
        return Loss(flow, torch.zeros(()), flow, nothing_B, nothing_B.long(), nothing_B.long())


@pytest.mark.parametrize('micro_batch_size', [0, 3])
def test_every_action_of_a_step_has_the_same_weight(tmp_path, micro_batch_size):
    def sample(value, num_actions=2):
        actions_HA = None if value is None else torch.full((2, 7), value)
        pixels = torch.zeros(1, 3, 8, 8)
        return Sample(pixels, [1, 2], [False] * 2, actions_HA, num_actions=num_actions)

    # Cut in pieces of three, the first has six actions and the second has one.
    samples = [sample(1.0), sample(2.0), sample(3.0), sample(9.0, 1), sample(None), sample(None)]
    batch = Batch.collate(samples, num_cameras=1, horizon=2, action_dim=7)
    trainer = trainer_of(tmp_path, FlowOnly(), micro_batch_size)
    cost = trainer._train_step(LoadedBatch(batch, ['demos'] * 6, 0))
    assert cost['loss'] == pytest.approx((2 * (1.0 + 2.0 + 3.0) + 9.0) / 7)
