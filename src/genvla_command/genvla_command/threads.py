# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The number of PyTorch's CPU threads; threads without work sleep instead of spinning.

By default, a thread that waits for the others of its group spins. If another process needs the
core, a spinning thread can keep another thread of its own group from running, and the whole group
waits for that thread. One answer of the tiny policy then takes a second instead of 40 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
import os
from pathlib import Path

SMALL_BYTES = 400_000_000
"""Weights of 100 M parameters in float32; smaller models do not gain from a second thread."""
_SLEEP = {'OMP_WAIT_POLICY': 'PASSIVE', 'GOMP_SPINCOUNT': '0', 'KMP_BLOCKTIME': '0'}
"""Read when PyTorch is imported, by GNU's OpenMP and by Intel's."""


def let_idle_threads_sleep() -> None:
    """Make threads without work sleep; call this before PyTorch is imported."""
    for name, value in _SLEEP.items():
        os.environ.setdefault(name, value)


def use_threads(count: int = 0, *, checkpoints: Sequence[Path] = ()) -> None:
    """Set the number of PyTorch's CPU threads in this process.

    Args:
        count: Number of threads. 0 keeps OMP_NUM_THREADS if it is set. Otherwise, 0 means 1 for
            small checkpoints, and all cores but one for everything else; the spare core is for
            cameras, ROS and the simulator.
        checkpoints: Folders of the models that run. They are small if each has less than
            SMALL_BYTES of weights.
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
