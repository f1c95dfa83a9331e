# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parts of the training loop that a whole run of a tiny model does not show."""

from types import SimpleNamespace

from accelerate import Accelerator
import numpy as np
import pytest
import torch
from transformers.modeling_layers import GradientCheckpointingLayer

from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.build import build_model
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.models.vla import Loss
from genvla_training.data.episode import BadData
from genvla_training.data.loader import LoadedBatch
from genvla_training.run.config import ModelChoice, RobotData, TrainConfig, ValidationOptions
from genvla_training.run.run_folder import RunFolder
from genvla_training.run.trainer import Trainer, _checkpoint_gradients
from genvla_training.run.validation import Examiner

TOKENIZER = build_tiny_tokenizer()


@pytest.mark.parametrize('system', ['pi0_plus', 'openvla_plus', 'pi0_inst_aug', 'openvla'])
def test_gradient_checkpointing_reaches_every_layer_that_it_can(system):
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


class Conversations:
    """A held-out source of 33 samples, some of which may be bad."""

    name = 'vl'
    lengths_E = np.ones(33, np.int64)

    def __init__(self, bad=()):
        self.bad, self.reads = bad, []

    def read(self, item):
        self.reads.append(item)
        if item in self.bad:
            raise BadData(f'vl, item {item}: broken')
        return item

    def sample(self, item, step, rng):
        return Sample(torch.zeros(1, 3, 8, 8), [1, 2], [False, True])


def examine(source, *, rank=0, skip_bad=False):
    """Return the sizes of the batches that one of two processes reads, and its report."""
    batches = []
    config = SimpleNamespace(
        fsdp=True,
        data=SimpleNamespace(seed=0, skip_bad=skip_bad),
        validation=SimpleNamespace(every_steps=1, num_samples=33),
    )
    accelerator = SimpleNamespace(
        process_index=rank, num_processes=2, device='cpu', reduce=lambda sums, how: sums
    )
    start = SimpleNamespace(config=system_config('pi0_plus', 'tiny'))
    data = SimpleNamespace(held_out=[source], held_out_robot=[])

    def model(batch):
        batches.append(len(batch.token_ids_BT))
        ones_B, zero = torch.ones(batches[-1]), torch.zeros(())
        return Loss(zero, zero, zero, ones_B, ones_B, ones_B)

    report = Examiner(config, start, data, accelerator).examine(model)
    return batches, report


@pytest.mark.parametrize('rank', [0, 1])
def test_every_process_of_an_exam_reads_its_share_in_as_many_batches(rank):
    source = Conversations()
    batches, report = examine(source, rank=rank)
    # 17 questions for one process, 16 for the other, which reads one of them a second time.
    assert batches == [16, 1]
    assert source.reads == list(range(rank, 33, 2))
    assert report['held_out/vl/loss'] == 1.0


def test_a_bad_question_is_fatal():
    with pytest.raises(BadData, match='vl, item 4: broken'):
        examine(Conversations(bad=(4,)))


def test_bad_questions_are_left_out_if_asked(caplog):
    assert examine(Conversations(bad=(4, 6)), skip_bad=True)[0] == [15, 1]
    assert 'left out of the exam: vl, item 6: broken' in caplog.text


def test_a_process_without_a_question_of_its_own_reads_as_many_batches():
    batches, report = examine(Conversations(bad=range(0, 33, 2)), skip_bad=True)
    assert batches == [1, 1]
    assert report == {}


def test_an_exam_of_which_all_is_bad_is_none():
    assert examine(Conversations(bad=range(33)), skip_bad=True) == ([], {})


class FlowOnly(torch.nn.Module):
    """Costs the mean of the robot samples' first action, times a weight of one."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))

    def forward(self, batch):
        values_B = batch.actions_BHA[batch.has_actions_B, 0, 0]
        flow = self.weight * (values_B.mean() if len(values_B) else torch.zeros(()))
        nothing_B = torch.zeros(len(batch), device=flow.device)
        return Loss(flow, torch.zeros(()), flow, nothing_B, nothing_B.long(), nothing_B.long())


@pytest.mark.parametrize('micro_batch_size', [0, 3])
def test_every_robot_sample_of_a_step_costs_the_same(tmp_path, micro_batch_size):
    def sample(value):
        actions_HA = None if value is None else torch.full((1, 7), value)
        return Sample(torch.zeros(1, 3, 8, 8), [1, 2], [False, False], actions_HA)

    # Cut in pieces of three, the first has three robot samples and the second has one.
    samples = [sample(value) for value in (1.0, 2.0, 3.0, 10.0, None, None)]
    batch = Batch.collate(samples, num_cameras=1, horizon=1, action_dim=7)
    config = TrainConfig(
        tmp_path,
        ModelChoice('pi0_d'),
        robot=(RobotData(tmp_path),),
        micro_batch_size=micro_batch_size,
        validation=ValidationOptions(every_steps=0),
    )
    data = SimpleNamespace(names=['demos'], held_out=[], held_out_robot=[])
    start = SimpleNamespace(model=FlowOnly(), config=system_config('pi0_plus', 'tiny'))
    trainer = Trainer(config, start, data, Accelerator(cpu=True), RunFolder(tmp_path))
    cost = trainer._train_step(LoadedBatch(batch, ['demos'] * 6, 0))
    assert cost['loss'] == 4.0
