# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint's network, where it is to run."""

from __future__ import annotations

from pathlib import Path

import torch

from genvla_policy.checkpoint.folder import Checkpoint, CheckpointMismatch
from genvla_policy.models.build import build_empty_model
from genvla_policy.models.vla import VLA

_DTYPES = {'float32': torch.float32, 'bfloat16': torch.bfloat16, 'float16': torch.float16}


def load_model(
    folder: Path | str, *, device: str = 'auto', dtype: str = 'auto'
) -> tuple[Checkpoint, VLA]:
    """Load a checkpoint folder.

    Args:
        folder: See checkpoint/folder.py.
        device: "cpu", "cuda", "cuda:1", ...; "auto": a GPU if there is one.
        dtype: "float32", "bfloat16" or "float16"; "auto": float32 on a CPU, bfloat16 on a GPU
            that has it, else float16.

    Raises:
        CheckpointMismatch: The folder does not hold one whole, consistent model.
        ValueError: Unknown dtype.
        RuntimeError: The device is not there, or out of memory.
    """
    where, kind = _resolve(device, dtype)
    checkpoint = Checkpoint.open(folder)
    try:
        model = build_empty_model(checkpoint.config, checkpoint.tokenizer)
    except ValueError as error:
        raise CheckpointMismatch(f'{checkpoint.folder}: {error}') from error
    model.load_state_dict(checkpoint.load_weights(model.state_dict()), assign=True)
    return checkpoint, model.cast(where, kind)


def _resolve(device: str, dtype: str) -> tuple[torch.device, torch.dtype]:
    if device == 'auto':
        device = 'cuda' if torch.cuda.is_available() else 'cpu'
    where = torch.device(device)
    if where.type == 'cuda' and (where.index or 0) >= torch.cuda.device_count():
        raise RuntimeError(
            f'device {device} is not there: PyTorch {torch.__version__} sees '
            f'{torch.cuda.device_count()} GPUs; use "cpu" or "auto", or a PyTorch with CUDA'
        )
    if dtype != 'auto':
        if dtype not in _DTYPES:
            raise ValueError(f'unknown dtype {dtype!r}; available: {["auto", *_DTYPES]}')
        return where, _DTYPES[dtype]
    if where.type != 'cuda':
        return where, torch.float32
    return where, torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
