# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What resuming a run needs, on disk: every process writes and reads its part of each tensor.

torch.distributed.checkpoint cuts what it reads to the parts that a process has, so a run can
resume with another number of processes, or with FSDP2 after DDP. It writes safetensors: no pickle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
import json
from pathlib import Path
from typing import Any, cast
import warnings

from safetensors import SafetensorError
from torch import Tensor, nn
from torch import distributed as dist
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.hf_storage import (
    HuggingFaceStorageReader,
    HuggingFaceStorageWriter,
)
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
)
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save
from torch.optim import Optimizer

STATE_FILE = 'state.json'

_EARLIER_FILE = 'weights.safetensors'
_MAX_FILE_BYTES = 2**29
"""Of one process: a file is put together in memory before it is written."""

_UNREADABLE = (
    CheckpointException, KeyError, OSError, RuntimeError, SafetensorError, ValueError,
)  # fmt: skip


class StateUnreadable(ValueError):
    """The training state of a checkpoint is damaged; says which file, and what to do."""


def weights_of(model: nn.Module, *, trained_only: bool = False) -> dict[str, Tensor]:
    """Return a model's weights by name, as its processes share them; not copies.

    Args:
        model: As it is distributed.
        trained_only: Leave out those that training does not change.
    """
    return _tensors(
        get_model_state_dict(model, options=StateDictOptions(ignore_frozen_params=trained_only))
    )


def moments_of(model: nn.Module, optimizer: Optimizer) -> dict[str, Tensor]:
    """Return AdamW's running means as WEIGHT/MEAN, as the processes share them; not copies.

    They are made if there are none yet. The number of steps, the same for all weights, is not
    among them: see set_num_steps().
    """
    states = cast(dict[str, Any], get_optimizer_state_dict(model, optimizer)['state'])
    return {
        f'{weight}/{name}': tensor
        for weight, state in states.items()
        for name, tensor in state.items()
        if name != 'step'
    }


def set_num_steps(optimizer: Optimizer, step: int) -> None:
    """Set how many steps AdamW takes all weights to have made."""
    for state in optimizer.state.values():
        state['step'].fill_(step)


def prefixed(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors under longer names."""
    return {f'{prefix}/{name}': tensor for name, tensor in tensors.items()}


def write_tensors(folder: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors into a folder; every process has to call it, and writes what it has.

    What several processes have is written once.

    Raises:
        OSError: A process cannot write.
    """
    num_processes = dist.get_world_size() if dist.is_initialized() else 1
    files, number, size = {}, 1, 0
    for name, tensor in tensors.items():
        num_bytes = tensor.nbytes // num_processes
        if size and size + num_bytes > _MAX_FILE_BYTES:
            number, size = number + 1, 0
        size += num_bytes
        files[name] = number
    writer = HuggingFaceStorageWriter(
        str(folder), fqn_to_index_mapping=files, save_distributed=True
    )
    try:
        with _perhaps_alone() as no_dist:
            save(dict(tensors), storage_writer=writer, no_dist=no_dist)
    except CheckpointException as error:
        raise OSError(f'{folder} cannot be written: {_cause(error)}') from error


def read_tensors(folder: Path, tensors: Mapping[str, Tensor]) -> None:
    """Fill tensors with those of the same names in a folder's safetensors files.

    Every process has to call it, and reads what it has of each.

    Raises:
        StateUnreadable: A tensor is missing or of another shape, or a file is damaged.
    """
    reader = HuggingFaceStorageReader(str(folder))
    with _readable(folder), _perhaps_alone() as no_dist:
        load(dict(tensors), storage_reader=reader, no_dist=no_dist)


def write_step(folder: Path, step: int) -> None:
    """Write how many optimizer steps were made."""
    text = json.dumps({'step': step}, indent=2) + '\n'
    (folder / STATE_FILE).write_text(text, encoding='utf-8')


def read_step(folder: Path) -> int:
    """Return how many optimizer steps were made.

    Raises:
        StateUnreadable: The file is missing or damaged, or the folder of an earlier version.
    """
    if (folder / _EARLIER_FILE).exists():
        raise StateUnreadable(
            f'{folder} was written by an earlier version of genvla, which stored a run in another '
            'way: it cannot be resumed. Begin a new run with its weights: --model.init '
            f'{folder.parent} --out another folder'
        )
    with _readable(folder / STATE_FILE):
        return int(json.loads((folder / STATE_FILE).read_text(encoding='utf-8'))['step'])


@contextmanager
def _perhaps_alone() -> Iterator[bool]:
    """Yield whether this process is alone, of which PyTorch would warn."""
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', message='torch.distributed is disabled')
        yield not dist.is_initialized()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise StateUnreadable(
            f'{path} cannot be read ({_cause(error)}); delete its checkpoint to resume from the '
            'one before'
        ) from error


def _cause(error: BaseException) -> BaseException:
    """Return what a process has run into, without the stacks of all processes."""
    if isinstance(error, CheckpointException):
        return next(iter(error.failures.values()))[0]
    return error


def _tensors(state: Mapping[str, Any]) -> dict[str, Tensor]:
    return {name: value for name, value in state.items() if isinstance(value, Tensor)}
