# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What going on with a run needs, whole on disk, however many processes share it in memory.

Weights and optimizer are gathered under their names in the model that is not distributed, so a run
can go on with another number of processes, or with FSDP2 after DDP. No pickle is written.
"""

from __future__ import annotations

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.optim import Optimizer

OPTIMIZER_FILE = 'optimizer.safetensors'
WEIGHTS_FILE = 'weights.safetensors'
AVERAGE_FILE = 'average.safetensors'
STATE_FILE = 'state.json'

_WHOLE = StateDictOptions(full_state_dict=True, cpu_offload=True)


class StateUnreadable(ValueError):
    """The training state of a checkpoint is damaged; says which file, and what to do."""


def gather_weights(model: nn.Module) -> dict[str, Tensor]:
    """Return copies of all weights; none on all processes but the first."""
    weights = get_model_state_dict(model, options=_WHOLE)
    # Without processes to gather from, what is gathered is the weights themselves.
    return {n: weight.clone() for n, weight in weights.items() if isinstance(weight, Tensor)}


def gather_optimizer(
    model: nn.Module, optimizer: Optimizer
) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    """Return the optimizer's tensors, as WEIGHT/TENSOR, and its groups of weights.

    Both are empty on all processes but the first.
    """
    whole: dict[str, Any] = get_optimizer_state_dict(model, optimizer, options=_WHOLE)
    tensors = {
        f'{weight}/{name}': value
        for weight, state in whole.get('state', {}).items()
        for name, value in state.items()
    }
    return tensors, whole.get('param_groups', [])


def write_state(
    folder: Path,
    *,
    weights: Mapping[str, Tensor],
    optimizer: Mapping[str, Tensor],
    average: Mapping[str, Tensor],
    state: Mapping[str, Any],
) -> None:
    """Write a training state.

    Args:
        folder: Where to; made if it is not there.
        weights: The weights that go on being trained, by name.
        optimizer: Its tensors by name.
        average: The averaged weights by name; empty if there is no average.
        state: All else, as JSON.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {WEIGHTS_FILE: weights, OPTIMIZER_FILE: optimizer}
    if average:
        files[AVERAGE_FILE] = average
    for name, tensors in files.items():
        # A copy: safetensors does not write two names of one memory.
        save_file({k: v.detach().clone().contiguous() for k, v in tensors.items()}, folder / name)
    (folder / STATE_FILE).write_text(json.dumps(state, indent=2) + '\n', encoding='utf-8')


def read_tensors(folder: Path, name: str) -> dict[str, Tensor]:
    """Read one of the files.

    Raises:
        StateUnreadable: It is missing or damaged.
    """
    try:
        return load_file(folder / name)
    except (OSError, SafetensorError) as error:
        raise StateUnreadable(
            f'{folder / name} cannot be read ({error}); delete {folder.parent} to go on with the '
            'checkpoint before it'
        ) from error


def read_state(folder: Path) -> dict[str, Any]:
    """Read what is neither weights nor random numbers.

    Raises:
        StateUnreadable: It is missing or damaged.
    """
    try:
        state: dict[str, Any] = json.loads((folder / STATE_FILE).read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise StateUnreadable(
            f'{folder / STATE_FILE} cannot be read ({error}); delete {folder.parent} to go on '
            'with the checkpoint before it'
        ) from error
    return state


def scatter_weights(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Give every process its part of the weights."""
    set_model_state_dict(model, dict(weights), options=StateDictOptions(full_state_dict=True))


def scatter_optimizer(
    model: nn.Module,
    optimizer: Optimizer,
    tensors: Mapping[str, Tensor],
    groups: list[dict[str, Any]],
) -> None:
    """Give every process its part of the optimizer's state."""
    state: dict[str, dict[str, Any]] = {}
    for key, value in tensors.items():
        weight, _, name = key.rpartition('/')
        state.setdefault(weight, {})[name] = value
    whole: dict[str, Any] = {'state': state, 'param_groups': groups}
    set_optimizer_state_dict(
        model, optimizer, whole, options=StateDictOptions(full_state_dict=True)
    )
