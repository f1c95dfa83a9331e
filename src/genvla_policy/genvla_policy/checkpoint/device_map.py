# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One model on several devices, which share the layers of its language model.

Everything else (vision towers, embedding, head) is on the first device, so only hidden states
move between devices. Accelerate plans the distribution and moves the inputs of layers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accelerate import infer_auto_device_map
from accelerate.hooks import AlignDevicesHook, add_hook_to_module
import torch

from genvla_policy.models.vla import VLA

RESERVED_BYTES = 1_500_000_000
"""Memory kept free on each device, for the CUDA context, keys and values, and one pass."""


def plan_layers(
    model: VLA, memory: Mapping[torch.device, int], dtype: torch.dtype
) -> list[torch.device]:
    """Return the device of each layer of the language model; no layer is split.

    Args:
        model: The model, which may be without memory (meta device).
        memory: Memory for weights on each device [bytes], in the order of the layers.
        dtype: Number type that the weights will have.

    Raises:
        RuntimeError: The weights do not fit.
        ValueError: The model cannot run on several devices.
    """
    if model.config.action_head == 'flow':
        raise ValueError(
            f'{model.config.name} has an action expert that reads the keys and values of every '
            'layer, so it must run on one device; choose one'
        )
    devices = list(memory)
    total = model.num_parameters * dtype.itemsize
    in_layers = sum(weight.numel() for weight in model.layers.parameters()) * dtype.itemsize
    most = dict(enumerate(memory.values()))
    most[0] -= total - in_layers
    placed = infer_auto_device_map(
        model.layers,
        max_memory=most,
        no_split_module_classes=[type(model.layers[0]).__name__],
        dtype=dtype,
        clean_result=False,
    )
    if (
        most[0] < 0
        or set(map(str, range(len(model.layers)))) != placed.keys()
        or ('disk' in placed.values())
    ):
        room = ', '.join(f'{each} has {bytes_ / 1e9:.1f} GB' for each, bytes_ in memory.items())
        raise RuntimeError(
            f'{model.config.name} needs {total / 1e9:.1f} GB for its weights in {dtype}, '
            f'but {room}; add devices, or use a smaller dtype'
        )
    return [devices[placed[str(index)]] for index in range(len(model.layers))]


def device_of_weights(
    model: VLA, first: torch.device, of_layers: Sequence[torch.device]
) -> dict[str, torch.device]:
    """Return the device of each weight, by the weight's name."""
    owners = {
        id(weight): device
        for layer, device in zip(model.layers, of_layers, strict=True)
        for weight in layer.parameters()
    }
    return {name: owners.get(id(weight), first) for name, weight in model.named_parameters()}


def connect(model: VLA, first: torch.device, of_layers: Sequence[torch.device]) -> None:
    """Move the inputs of each layer to its device, and those of the final norm to the first."""
    for module, device in [*zip(model.layers, of_layers, strict=True), (model.trunk.norm, first)]:
        # The cache already keeps each layer's slots on the layer's device.
        add_hook_to_module(module, AlignDevicesHook(device, skip_keys='past_key_values'))


def free_memory(devices: Sequence[torch.device]) -> dict[torch.device, int]:
    """Return the memory for weights on each device [bytes]; on a CPU it is not limited."""
    return {
        device: torch.cuda.mem_get_info(device)[0] - RESERVED_BYTES
        if device.type == 'cuda'
        else 2**62
        for device in devices
    }
