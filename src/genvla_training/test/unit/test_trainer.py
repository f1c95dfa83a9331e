# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parts of the training loop that a whole run of a tiny model does not show."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers.modeling_layers import GradientCheckpointingLayer

from genvla_policy.models.batch import Sample
from genvla_policy.models.build import build_model
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.models.vla import Loss
from genvla_training.training.trainer import _checkpoint_gradients
from genvla_training.training.validation import Examiner

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
    """A held-out source of 33 samples."""

    name = 'vl'
    lengths_E = np.ones(33, np.int64)

    def read(self, item):
        return item

    def sample(self, item, step, rng):
        return Sample(torch.zeros(1, 3, 8, 8), [1, 2], [False, True])


@pytest.mark.parametrize('rank', [0, 1])
def test_every_process_of_an_exam_reads_as_many_batches(rank):
    source, batches = Conversations(), []
    config = SimpleNamespace(
        fsdp=True,
        data=SimpleNamespace(seed=0),
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
    # 17 questions for one process, 16 for the other.
    assert batches == [[16, 1], [16, 1]][rank]
    assert report['held_out/vl/loss'] == 1.0
