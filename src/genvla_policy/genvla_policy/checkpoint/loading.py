# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Load a checkpoint's network onto the devices where it runs."""

from __future__ import annotations

from pathlib import Path

import torch

from genvla_policy.checkpoint.folder import Checkpoint, CheckpointMismatch
from genvla_policy.models.build import build_empty_model, move_buffers
from genvla_policy.models.number_type import fastest_dtype
from genvla_policy.models.vla import VLA

_DTYPES = {'float32': torch.float32, 'bfloat16': torch.bfloat16, 'float16': torch.float16}


def load_model(
    folder: Path | str, *, device: str = 'auto', dtype: str = 'auto'
) -> tuple[Checkpoint, VLA]:
    """Load a checkpoint folder.

    Weights are read one at a time, directly into their final number type and onto their device.

    Args:
        folder: Checkpoint folder; see checkpoint/folder.py.
        device: "cpu", "cuda", "cuda:1", ...; "auto": a GPU if there is one. Several, such as
            "cuda:0,cuda:1", share the layers of the language model; see device_map.py.
        dtype: "float32", "bfloat16" or "float16"; "auto": the faster one on a CPU, see
            models/number_type.py; bfloat16 on a GPU that supports it, else float16.

    Raises:
        CheckpointMismatch: The folder does not hold one complete, consistent model.
        ValueError: The dtype is unknown, a device is named twice, or the model cannot run on
            several devices.
        RuntimeError: The device does not exist, or is out of memory.
    """
    devices, kind = _resolve(device, dtype)
    checkpoint = Checkpoint.open(folder)
    try:
        model = build_empty_model(checkpoint.config, checkpoint.tokenizer)
    except ValueError as error:
        raise CheckpointMismatch(f'{checkpoint.folder}: {error}') from error
    kind = kind or fastest_dtype(checkpoint.config, model.num_parameters)
    if len(devices) > 1:
        return checkpoint, _load_on_several(checkpoint, model, devices, kind)
    weights = checkpoint.load_weights(model.state_dict(), device=lambda _: devices[0], dtype=kind)
    model.load_state_dict(weights, assign=True)
    return checkpoint, model.to(devices[0])


def _load_on_several(
    checkpoint: Checkpoint, model: VLA, devices: list[torch.device], dtype: torch.dtype
) -> VLA:
    # Imported here because Accelerate takes a second to import.
    from genvla_policy.checkpoint import device_map

    of_layers = device_map.plan_layers(model, device_map.free_memory(devices), dtype)
    places = device_map.device_of_weights(model, devices[0], of_layers)
    weights = checkpoint.load_weights(model.state_dict(), device=places.__getitem__, dtype=dtype)
    model.load_state_dict(weights, assign=True)
    move_buffers(model, devices[0])
    device_map.connect(model, devices[0], of_layers)
    return model


def _resolve(device: str, dtype: str) -> tuple[list[torch.device], torch.dtype | None]:
    """Return the devices and the number type; None for the type in which the model is faster."""
    if device == 'auto':
        device = 'cuda' if torch.cuda.is_available() else 'cpu'
    devices = [torch.device(name.strip()) for name in device.split(',')]
    for where in devices:
        if where.type == 'cuda' and (where.index or 0) >= torch.cuda.device_count():
            raise RuntimeError(
                f'device {where} is not available: PyTorch {torch.__version__} sees '
                f'{torch.cuda.device_count()} GPUs; use "cpu" or "auto", or a PyTorch with CUDA'
            )
    if len(set(devices)) < len(devices):
        raise ValueError(f'device {device!r} names a device twice')
    if dtype != 'auto':
        if dtype not in _DTYPES:
            raise ValueError(f'unknown dtype {dtype!r}; available: {["auto", *_DTYPES]}')
        return devices, _DTYPES[dtype]
    if devices[0].type != 'cuda':
        return devices, None
    return devices, torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
