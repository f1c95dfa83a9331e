# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure full-size models on one GPU: how fast they answer, and how fast they train.

Weights are random and created on the device, so nothing is downloaded. Run it with
benchmarks/gpu.sh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
import json
from pathlib import Path
import sys
import tempfile
import time
from typing import Any, Literal

import torch
from transformers.utils import logging

from benchmarks.decoding.floor import read_bytes_per_s
from benchmarks.decoding.rows import BenchRow, measure
from benchmarks.decoding.subjects import random_subject
from benchmarks.gpu_training import TrainingFigures, matmul_flops, measure_training
from genvla_command.command_line import check_at_least, parse

_DTYPES = {'float32': torch.float32, 'bfloat16': torch.bfloat16, 'float16': torch.float16}
_NEEDED_S = {'decoding': 120.0, 'training': 150.0}
"""Estimated maximum time of a part on an H200 [s]; it is skipped if less time is left."""


@dataclass(frozen=True)
class GpuOptions:
    """Models to measure, and the time budget."""

    out: Path = Path('benchmarks/gpu_figures')
    """Folder for gpu.json and gpu.md."""
    systems: tuple[str, ...] = ('pi0_plus', 'openvla_plus')
    """Systems whose answers are measured."""
    trained: str = 'pi0_plus'
    """System whose training is measured."""
    size: Literal['tiny', 'full'] = 'full'
    """Size of the models."""
    device: str = 'cuda'
    """Device of the models, such as cuda or cpu."""
    dtype: Literal['float32', 'bfloat16', 'float16'] = 'bfloat16'
    """Number type of the answering models; training computes in bfloat16 on a GPU."""
    repeats: int = 5
    """Number of measurements per engine."""
    train_steps: int = 300
    """Number of optimizer steps."""
    batch_size: int = 16
    """Number of samples per step, a multiple of 8."""
    budget_s: float = 570.0
    """Total time budget [s]; parts without enough time left are skipped."""

    def __post_init__(self) -> None:
        """Reject invalid options."""
        check_at_least(1, repeats=self.repeats, train_steps=self.train_steps)
        check_at_least(0, budget_s=self.budget_s)
        if self.batch_size < 8 or self.batch_size % 8:
            raise ValueError(f'batch_size is {self.batch_size}, expected a multiple of 8')
        if self.device.startswith('cuda') and not torch.cuda.is_available():
            raise ValueError('no CUDA device found; rehearse with --device cpu --size tiny')


def main(args: Sequence[str] | None = None) -> int:
    """Measure the parts of the command line; return the exit status."""
    options = parse(GpuOptions, args, module='benchmarks.gpu', description=__doc__)
    logging.set_verbosity_error()
    options.out.mkdir(parents=True, exist_ok=True)
    run = _Run(options)
    run.decoding()
    run.training()
    print(run.page(), flush=True)
    return 0


class _Run:
    """One run: the measurements so far, and the remaining time."""

    def __init__(self, options: GpuOptions) -> None:
        self._options, self._started_s = options, time.monotonic()
        self._device = torch.device(options.device)
        self._rows: list[BenchRow] = []
        self._trained: TrainingFigures | None = None
        self._left_out: list[str] = []
        self._say(f'{self._name}: memory and matrix products')
        self._facts: Mapping[str, Any] = {
            'device': self._name,
            'torch': torch.__version__,
            'read_bytes_per_s': read_bytes_per_s(self._device),
            'matmul_flops_per_s': matmul_flops(self._device),
        }

    def decoding(self) -> None:
        """Measure from pictures to action: every engine, and the sequential floor."""
        options = self._options
        for system in options.systems:
            if not self._has_time('decoding', f'decoding with {system}'):
                continue
            self._say(f'{system}: random weights')
            subject = random_subject(
                system, options.size, device=self._device, dtype=_DTYPES[options.dtype]
            )
            self._rows += measure(
                subject, repeats=options.repeats, compiled=False, progress=self._say
            )
            # Free it before the next one is built, because two large models may not fit.
            del subject
            self._free()
            self._write()

    def training(self) -> None:
        """Measure optimizer steps."""
        options = self._options
        if self._has_time('training', f'training of {options.trained}'):
            with tempfile.TemporaryDirectory() as folder:
                self._trained = measure_training(
                    Path(folder),
                    system=options.trained,
                    size=options.size,
                    device=self._device,
                    steps=options.train_steps,
                    batch_size=options.batch_size,
                    deadline_s=self._started_s + options.budget_s,
                    progress=self._say,
                )
            self._free()
        self._write()

    def page(self) -> str:
        """Return the measurements as Markdown."""
        facts = self._facts
        lines = [
            f'# {facts["device"]}, torch {facts["torch"]}',
            '',
            f'Memory is read at {facts["read_bytes_per_s"] / 1e9:.0f} GB/s; bfloat16 matrix '
            f'products run at {facts["matmul_flops_per_s"] / 1e12:.1f} TFLOP/s.',
            '',
            '| model | weights | engine | ms per action | p95 | passes | same text |',
            '|---|---|---|---|---|---|---|',
        ]
        for row in self._rows:
            same = {True: 'yes', False: 'no', None: ''}[row.same_text]
            lines.append(
                f'| {row.model} | {row.parameters_m:g} M {row.dtype} '
                f'| {row.engine}, {row.features.strip()} | {row.ms_per_action_median:.1f} '
                f'| {row.ms_per_action_p95:.1f} | {row.passes_per_action:.0f} | {same} |'
            )
        if self._trained:
            lines += ['', '| training | |', '|---|---|']
            lines += [f'| {key} | {value} |' for key, value in asdict(self._trained).items()]
        lines += ['', *(f'Skipped: {each}.' for each in self._left_out)]
        return '\n'.join(lines).rstrip() + '\n'

    @property
    def _name(self) -> str:
        return torch.cuda.get_device_name(self._device) if self._on_gpu else 'cpu'

    @property
    def _on_gpu(self) -> bool:
        return self._device.type == 'cuda'

    def _has_time(self, part: str, what: str) -> bool:
        left_s = self._options.budget_s - (time.monotonic() - self._started_s)
        needed_s = _NEEDED_S[part] if self._options.size == 'full' else 0.0
        if left_s > needed_s:
            return True
        self._left_out.append(f'{what}, with {max(0.0, left_s):.0f} s left')
        self._say(f'skipped: {self._left_out[-1]}')
        return False

    def _free(self) -> None:
        if self._on_gpu:
            torch.cuda.empty_cache()

    def _say(self, text: str) -> None:
        if text:
            print(f'[{time.monotonic() - self._started_s:4.0f} s] {text}', flush=True)

    def _write(self) -> None:
        measured = {
            **self._facts,
            'decoding': [asdict(row) for row in self._rows],
            'training': asdict(self._trained) if self._trained else None,
            'left_out': self._left_out,
        }
        folder = self._options.out
        (folder / 'gpu.json').write_text(json.dumps(measured, indent=2) + '\n', encoding='utf-8')
        (folder / 'gpu.md').write_text(self.page(), encoding='utf-8')


if __name__ == '__main__':
    sys.exit(main())
