# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure training steps of a model with random weights: samples/s, memory, utilisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
import time
from typing import Literal

import psutil
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.decoding.subjects import random_subject
from benchmarks.training_figures import write_conversations, write_demos
from genvla_policy.models.batch import Batch
from genvla_policy.models.build import build_empty_model
from genvla_policy.models.encoders import DualEncoder
from genvla_policy.models.vla import VLA
from genvla_training.data.loader import load_batches
from genvla_training.data.mixture import StreamOptions
from genvla_training.run.config import (
    ModelChoice,
    OptimizerOptions,
    RobotData,
    TrainConfig,
    ValidationOptions,
    VisionLanguageData,
)
from genvla_training.run.distribution import make_accelerator
from genvla_training.run.run_data import OpenedData, open_data, run_data
from genvla_training.run.run_folder import RunFolder
from genvla_training.run.start_model import StartModel
from genvla_training.run.trainer import Trainer, fit_attention

_NUM_COUNTED = 4
_NUM_PRODUCTS = 10
# Source: NVIDIA's data sheets; dense bfloat16 on tensor cores [FLOP/s].
_PEAKS = {'H200': 989.4e12, 'H100 80GB HBM3': 989.4e12, 'A100': 312e12}


@dataclass(frozen=True)
class TrainingFigures:
    """Measurements of training steps.

    Attributes:
        model: System and size.
        parameters_m: Number of weights [millions].
        trained_m: Number of trained weights [millions].
        steps: Number of timed steps.
        batch_size: Samples per step.
        samples_per_s: Samples per second, including reading the data.
        memory_gb: Peak memory of the device; on a CPU, memory of the process [GB].
        model_tflop_per_step: Forward and backward, without recomputation by checkpointing.
        utilisation_of_peak: Relative to the data sheet's rate. None: that rate is not known here.
        utilisation_of_matmul: Relative to the rate of a large matrix product on this machine.
        first_loss: Loss of the first step.
        last_loss: Loss of the last step.
    """

    model: str
    parameters_m: float
    trained_m: float
    steps: int
    batch_size: int
    samples_per_s: float
    memory_gb: float
    model_tflop_per_step: float
    utilisation_of_peak: float | None
    utilisation_of_matmul: float
    first_loss: float
    last_loss: float


def measure_training(
    folder: Path,
    *,
    system: str,
    size: Literal['tiny', 'full'],
    device: torch.device,
    steps: int,
    batch_size: int,
    deadline_s: float,
    progress: Callable[[str], None],
) -> TrainingFigures:
    """Train for `steps` steps, or until the deadline.

    Args:
        folder: Folder for the made-up data.
        system: A name in SYSTEMS, with a language head.
        size: "tiny" or "full".
        device: Device of the model.
        steps: Number of steps to time, after one that is not timed.
        batch_size: Samples per step.
        deadline_s: Deadline on the clock of time.monotonic() [s].
        progress: Callback with a description of the next step.
    """
    progress(f'{system}: data and random weights to train')
    config = _config(folder, system, size, steps, batch_size)
    opened = open_data(config)
    start = _start(system, size, device, opened)
    data = run_data(config, opened, start)
    batches = islice(load_batches(data.parts, start.config, config.data), _NUM_COUNTED)
    fit_attention(start.model, device)  # as the trainer does, so that padding does not count
    counted = [model_flops(start.model, each.batch.to(device)) for each in batches]
    flops = sum(counted) / len(counted)
    trained = sum(p.numel() for p in start.model.parameters() if p.requires_grad)
    if device.type == 'cuda':
        torch.cuda.reset_peak_memory_stats(device)
    run_folder = RunFolder(config.out)
    run_folder.begin(config)
    accelerator = make_accelerator(config, config.out / 'logs')
    run = Trainer(config, start, data, accelerator, run_folder).run()
    losses = [next(run)['loss']]
    begun_s = time.monotonic()
    for _ in range(steps):
        losses.append(next(run)['loss'])
        if len(losses) % 25 == 0:
            progress(f'{system}: step {len(losses) - 1} of {steps}, loss {losses[-1]:.3f}')
        if time.monotonic() > deadline_s:
            break
    timed = len(losses) - 1
    seconds_per_step = (time.monotonic() - begun_s) / timed
    peak = _peak(device)
    return TrainingFigures(
        model=f'{system}, {size}',
        parameters_m=round(start.model.num_parameters / 1e6, 1),
        trained_m=round(trained / 1e6, 1),
        steps=timed,
        batch_size=batch_size,
        samples_per_s=round(batch_size / seconds_per_step, 2),
        memory_gb=round(_memory_gb(device), 2),
        model_tflop_per_step=round(flops / 1e12, 3),
        utilisation_of_peak=round(flops / seconds_per_step / peak, 4) if peak else None,
        utilisation_of_matmul=round(flops / seconds_per_step / matmul_flops(device), 4),
        first_loss=round(losses[0], 4),
        last_loss=round(losses[-1], 4),
    )


def model_flops(model: VLA, batch: Batch) -> float:
    """Return the cost of a batch forward and backward, without recomputation [FLOP].

    Backward costs twice as much as forward, except in frozen towers, where it costs nothing.
    """
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        model(batch)
    forward = counter.get_total_flops()
    frozen = 0
    for name, module in model.named_modules():
        if isinstance(module, DualEncoder):
            tower = f'{type(model).__name__}.{name}.towers.{module.frozen}'
            frozen += sum(counter.get_flop_counts()[tower].values())
    return 3.0 * forward - 2.0 * frozen


def matmul_flops(device: torch.device) -> float:
    """Measure the rate of a large product of bfloat16 matrices on this machine [FLOP/s]."""
    width = 8192 if device.type == 'cuda' else 512
    matrix = torch.randn(width, width, device=device, dtype=torch.bfloat16)
    best_s = float('inf')
    for _ in range(_NUM_PRODUCTS):
        begun_s = time.perf_counter()
        # Reading a number waits for the GPU.
        (matrix @ matrix)[0, 0].item()
        best_s = min(best_s, time.perf_counter() - begun_s)
    return 2.0 * width**3 / best_s


def _peak(device: torch.device) -> float | None:
    if device.type != 'cuda':
        return None
    name = torch.cuda.get_device_name(device)
    return next((rate for part, rate in _PEAKS.items() if part in name), None)


def _memory_gb(device: torch.device) -> float:
    if device.type == 'cuda':
        return torch.cuda.max_memory_allocated(device) / 1e9
    return float(psutil.Process().memory_info().rss) / 1e9


def _config(
    folder: Path, system: str, size: Literal['tiny', 'full'], steps: int, batch_size: int
) -> TrainConfig:
    write_demos(folder / 'demos')
    write_conversations(folder / 'vl')
    return TrainConfig(
        out=folder / 'run',
        model=ModelChoice(system=system, size=size),
        robot=(RobotData(folder / 'demos'),),
        vision_language=(VisionLanguageData(folder / 'vl' / 'vl.json'),),
        # Checkpoints and validation are not measured: the last step, which saves, is never
        # reached.
        steps=steps + 2,
        save_every_steps=steps + 2,
        validation=ValidationOptions(every_steps=0),
        batch_size=batch_size,
        optimizer=OptimizerOptions(learning_rate=2e-5),
        data=StreamOptions(num_streams=4),
        gradient_checkpointing=size == 'full',
        num_workers=4 if size == 'full' else 0,
    )


def _start(
    system: str, size: Literal['tiny', 'full'], device: torch.device, opened: OpenedData
) -> StartModel:
    """Return a model with random float32 weights, with the system's usual parts trained."""
    subject = random_subject(system, size, device=device, dtype=torch.float32)
    model, tokenizer = subject.model, subject.tokenizer
    is_trained = {
        name: weight.requires_grad
        for name, weight in build_empty_model(model.config, tokenizer).named_parameters()
    }
    for name, weight in model.named_parameters():
        weight.requires_grad_(is_trained[name])
    assert opened.statistics is not None
    [dataset] = opened.statistics
    config = replace(model.config, dataset=dataset)
    return StartModel(config, tokenizer, model, opened.statistics)
