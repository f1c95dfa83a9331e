# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""FSDP in bfloat16, the recipes' precision, on two processes, which also run this file."""

from dataclasses import replace
from pathlib import Path
import subprocess
import sys

import pytest
from safetensors.torch import load_file, save_file
import torch

from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.build import build_empty_model, build_model
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_training.run.distribution import make_accelerator, shard
from genvla_training.run.recipes import tiny_system

WEIGHT = 'network.language_model.layers.0.mlp.down_proj.weight'
PROCESSES = 2
CONFIG, TOKENIZER = system_config('pi0_plus', 'tiny'), build_tiny_tokenizer()


def build():
    torch.manual_seed(0)
    return build_model(CONFIG, TOKENIZER)


def batch(rank):
    """Return two samples of one process."""
    rng = torch.Generator().manual_seed(rank)
    samples = [
        Sample(
            torch.rand(1, 3, 128, 128, generator=rng) * 2.0 - 1.0,
            torch.randint(10, 300, (12,), generator=rng).tolist(),
            [False] * 6 + [True] * 6,
        )
        for _ in range(2)
    ]
    return Batch.collate(samples, num_cameras=1, horizon=1, action_dim=7)


def record(loss, gradient):
    return {
        'total': loss.total.detach(),
        'sums': loss.language_sums_B.detach(),
        'gradient': gradient,
    }


def run_process(out):
    """Run this process's samples with sharded weights, and write the loss."""
    accelerator = make_accelerator(replace(tiny_system('pi0_plus'), fsdp=True), out / 'logs')
    model = build() if accelerator.is_main_process else build_empty_model(CONFIG, TOKENIZER)
    shard(model, accelerator, 'bf16')
    loss = model(batch(accelerator.process_index))
    accelerator.backward(loss.total)
    gradient = model.get_parameter(WEIGHT).grad.full_tensor()
    save_file(record(loss, gradient), out / f'{accelerator.process_index}.safetensors')
    accelerator.end_training()


@pytest.fixture(scope='module')
def of_processes(tmp_path_factory):
    """Results of two processes with sharded weights."""
    out = tmp_path_factory.mktemp('fsdp')
    launcher = ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', str(PROCESSES)]
    result = subprocess.run(
        [sys.executable, *launcher, __file__, str(out)],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-3000:]
    return [load_file(out / f'{rank}.safetensors') for rank in range(PROCESSES)]


@pytest.fixture(scope='module')
def of_one_process():
    """Results of one process that reads the samples of both in turn, with bfloat16 weights."""
    recorded = []
    for rank in range(PROCESSES):
        model = build().cast('cpu', torch.bfloat16)
        loss = model(batch(rank))
        loss.total.backward()
        recorded.append(record(loss, model.get_parameter(WEIGHT).grad))
    return recorded


@pytest.mark.parametrize('name', ['total', 'sums'])
def test_shared_weights_in_bfloat16_return_the_loss_in_float32(of_processes, of_one_process, name):
    for shared, alone in zip(of_processes, of_one_process, strict=True):
        assert shared[name].dtype == torch.float32
        torch.testing.assert_close(shared[name], alone[name], rtol=1e-6, atol=0.0)


def test_gradients_in_bfloat16_are_averaged_in_float32(of_processes, of_one_process):
    mean = sum(alone['gradient'].float() for alone in of_one_process) / PROCESSES
    for shared in of_processes:
        assert shared['gradient'].dtype == torch.float32
        torch.testing.assert_close(shared['gradient'], mean, rtol=1e-6, atol=1e-12)


if __name__ == '__main__':
    run_process(Path(sys.argv[1]))
