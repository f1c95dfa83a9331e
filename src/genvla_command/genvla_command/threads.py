# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How many CPU threads PyTorch uses, and that those without work sleep.

A thread that waits for the others of its group spins by default. Where another process needs the
core, the group then waits for a thread that the spinning one keeps from running: an answer of the
tiny policy takes a second instead of 40 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
import os
from pathlib import Path

SMALL_BYTES = 400_000_000
"""Weights of 100 M parameters in float32; a second thread does not make smaller models faster."""
_SLEEP = {'OMP_WAIT_POLICY': 'PASSIVE', 'GOMP_SPINCOUNT': '0', 'KMP_BLOCKTIME': '0'}
"""Read when PyTorch is imported: of GNU's OpenMP, and of Intel's."""


def let_idle_threads_sleep() -> None:
    """Make the threads without work sleep; to be called before PyTorch is imported."""
    for name, value in _SLEEP.items():
        os.environ.setdefault(name, value)


def use_threads(count: int = 0, *, checkpoints: Sequence[Path] = ()) -> None:
    """Set the number of PyTorch's CPU threads in this process.

    Args:
        count: Threads; 0: OMP_NUM_THREADS where it is set, otherwise 1 for small checkpoints and
            all cores but one for everything else. The one is for cameras, ROS and the simulator.
        checkpoints: Folders of the models that run, whose weights tell whether they are small.
    """
    import torch

    if count == 0:
        if 'OMP_NUM_THREADS' in os.environ:
            return
        small = bool(checkpoints) and all(map(_is_small, checkpoints))
        count = 1 if small else len(os.sched_getaffinity(0)) - 1
    torch.set_num_threads(max(count, 1))


def _is_small(checkpoint: Path) -> bool:
    weights = list(checkpoint.glob('*.safetensors'))
    return sum(file.stat().st_size for file in weights) < SMALL_BYTES
