# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure memory and size of a training checkpoint: pi0_plus, 0.3 B random weights, FSDP2.

Memory is that of a process alone (mapped files not counted). Linux only: it is read from /proc.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
import json
import os
from pathlib import Path
import subprocess
import sys
import tempfile
import threading

import torch

from benchmarks.decoding.subjects import bench_config
from genvla_command.command_line import check_at_least, parse
from genvla_policy.checkpoint.bridge_statistics import BRIDGE_STATISTICS
from genvla_policy.checkpoint.folder import save_checkpoint
from genvla_policy.models.build import build_model
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_training.run.checkpoints import TRAINING_FOLDER, Checkpoints
from genvla_training.run.config import ModelChoice, OptimizerOptions, TrainConfig
from genvla_training.run.distribution import distribute, make_accelerator
from genvla_training.run.recipes import tiny_system
from genvla_training.run.run_folder import RunFolder
from genvla_training.run.start_model import start_model

SAMPLE_PERIOD_S = 0.005
MB = 1e6


@dataclass(frozen=True)
class MemoryOptions:
    """Number of processes, and the folder to use."""

    processes: int = 2
    """Number of training processes."""
    folder: Path | None = None
    """Folder with 5 GB of free space; by default the usual one for temporary files."""

    def __post_init__(self) -> None:
        """Reject a single process, because FSDP shards a model over several."""
        check_at_least(2, processes=self.processes)


def write_source(folder: Path) -> None:
    """Write the checkpoint that the run starts from: random weights in bfloat16."""
    tokenizer = build_tiny_tokenizer()
    config = bench_config('pi0_plus', 'mid')
    model = build_model(config, tokenizer).cast('cpu', torch.bfloat16)
    millions, frozen = model.num_parameters / 1e6, model.num_frozen / 1e6
    print(f'{millions:.0f} M weights, {frozen:.0f} M of them frozen')
    save_checkpoint(
        folder,
        config=config,
        weights=model.state_dict(),
        tokenizer=tokenizer,
        statistics=BRIDGE_STATISTICS,
        card='',
    )


def run_process(folder: Path) -> None:
    """Start the run and save it, or resume it; write the memory of this process."""
    config = _config(folder)
    accelerator = make_accelerator(config, config.out / 'logs')
    before = own_bytes()
    with peak() as starting:
        start = start_model(
            config.model,
            None,
            control_rate_hz=5.0,
            seed=0,
            is_empty=not accelerator.is_main_process,
        )
        model, optimizer = distribute(config, start, accelerator)
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.grad = torch.zeros_like(parameter)
        optimizer.step()
        optimizer.zero_grad()
        checkpoints = Checkpoints(
            RunFolder(config.out),
            config,
            start,
            accelerator,
            model=model,
            optimizer=optimizer,
            average=None,
        )
        step = checkpoints.load_latest()
    figures = {'holds': own_bytes() - before, 'resume' if step else 'start': starting[0] - before}
    if not step:
        held = own_bytes()
        with peak() as saving:
            checkpoints.save(1)
        figures['save'] = saving[0] - held
    (folder / f'{accelerator.process_index}.json').write_text(json.dumps(figures))
    accelerator.end_training()


def _config(folder: Path) -> TrainConfig:
    return replace(
        tiny_system('pi0_plus'),
        out=folder / 'run',
        model=ModelChoice(system='pi0_plus', init=folder / 'source'),
        optimizer=OptimizerOptions(),
        fsdp=True,
    )


def own_bytes() -> int:
    """Return the memory of this process alone [bytes]."""
    for line in Path('/proc/self/status').read_text(encoding='utf-8').splitlines():
        if line.startswith('RssAnon:'):
            return int(line.split()[1]) * 1024
    raise OSError('/proc/self/status has no RssAnon')


@contextmanager
def peak() -> Iterator[list[int]]:
    """Yield a list that finally holds the peak of own_bytes() inside the with statement."""
    most, is_over = [own_bytes()], threading.Event()

    def watch() -> None:
        while not is_over.wait(SAMPLE_PERIOD_S):
            most[0] = max(most[0], own_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield most
    finally:
        is_over.set()
        watcher.join()


def _folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob('*') if path.is_file())


def main() -> None:
    """Start a run, save it, resume it in new processes, and print a table."""
    options = parse(MemoryOptions, module='benchmarks.checkpoint_memory', description=__doc__)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        write_source(folder / 'source')
        for _ in ('begin and save', 'resume'):
            subprocess.run(
                [
                    *(sys.executable, '-m', 'torch.distributed.run', '--standalone'),
                    *('--nproc-per-node', str(options.processes)),
                    *('-m', 'benchmarks.checkpoint_memory', name),
                ],
                check=True,
            )
            for rank in range(options.processes):
                figures = json.loads((folder / f'{rank}.json').read_text())
                shown = ', '.join(f'{key} {value / MB:.0f} MB' for key, value in figures.items())
                print(f'process {rank}: {shown}')
        checkpoint = folder / 'run' / 'step-000001'
        training = _folder_bytes(checkpoint / TRAINING_FOLDER)
        print(
            f'written: {_folder_bytes(checkpoint) / MB:.0f} MB, {training / MB:.0f} MB of them in '
            f'{TRAINING_FOLDER}/'
        )


if __name__ == '__main__':
    if 'RANK' in os.environ:  # set by torchrun
        run_process(Path(sys.argv[1]))
    else:
        main()
