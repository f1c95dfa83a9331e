# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The state for resuming a run, on disk: each process writes and reads its part of each tensor.

torch.distributed.checkpoint cuts tensors to the parts that a process holds when it reads them. A
run can therefore resume with another number of processes, or with FSDP2 after DDP. The files are
safetensors, without pickle.
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
"""Maximum size of one process's file, which is assembled in memory before it is written."""

_UNREADABLE = (
    CheckpointException, KeyError, OSError, RuntimeError, SafetensorError, ValueError,
)  # fmt: skip


class StateUnreadable(ValueError):
    """The training state of a checkpoint is damaged; the message names the file and the remedy."""


def weights_of(model: nn.Module, *, trained_only: bool = False) -> dict[str, Tensor]:
    """Return references to a model's weights by name, as distributed over the processes.

    Args:
        model: The distributed model.
        trained_only: Omit weights that training does not change.
    """
    return _tensors(
        get_model_state_dict(model, options=StateDictOptions(ignore_frozen_params=trained_only))
    )


def moments_of(model: nn.Module, optimizer: Optimizer) -> dict[str, Tensor]:
    """Return references to AdamW's running means as WEIGHT/MEAN, as distributed.

    They are created if they do not exist. The number of steps, the same for all weights, is not
    included: see set_num_steps().
    """
    states = cast(dict[str, Any], get_optimizer_state_dict(model, optimizer)['state'])
    return {
        f'{weight}/{name}': tensor
        for weight, state in states.items()
        for name, tensor in state.items()
        if name != 'step'
    }


def set_num_steps(optimizer: Optimizer, step: int) -> None:
    """Set AdamW's number of steps for all weights."""
    for state in optimizer.state.values():
        state['step'].fill_(step)


def prefixed(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors with a prefix added to their names."""
    return {f'{prefix}/{name}': tensor for name, tensor in tensors.items()}


def write_tensors(folder: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors to a folder; every process must call this, and writes its own parts.

    A part that several processes hold is written once.

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

    Every process must call this, and reads its own parts.

    Raises:
        StateUnreadable: A tensor is missing or has another shape, or a file is damaged.
    """
    reader = HuggingFaceStorageReader(str(folder))
    with _readable(folder), _perhaps_alone() as no_dist:
        load(dict(tensors), storage_reader=reader, no_dist=no_dist)


def write_step(folder: Path, step: int) -> None:
    """Write the number of optimizer steps taken."""
    text = json.dumps({'step': step}, indent=2) + '\n'
    (folder / STATE_FILE).write_text(text, encoding='utf-8')


def read_step(folder: Path) -> int:
    """Return the number of optimizer steps taken.

    Raises:
        StateUnreadable: The file is missing or damaged, or the folder is from an earlier version.
    """
    if (folder / _EARLIER_FILE).exists():
        raise StateUnreadable(
            f'{folder} was written by an earlier version of genvla, which stored runs in another '
            'format: it cannot be resumed. Start a new run from its weights: --model.init '
            f'{folder.parent} --out another folder'
        )
    with _readable(folder / STATE_FILE):
        return int(json.loads((folder / STATE_FILE).read_text(encoding='utf-8'))['step'])


@contextmanager
def _perhaps_alone() -> Iterator[bool]:
    """Yield whether this process is alone, and silence PyTorch's warning about it."""
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
            'previous one'
        ) from error


def _cause(error: BaseException) -> BaseException:
    """Return the error of one process, without the stack traces of all processes."""
    if isinstance(error, CheckpointException):
        return next(iter(error.failures.values()))[0]
    return error


def _tensors(state: Mapping[str, Any]) -> dict[str, Tensor]:
    return {name: value for name, value in state.items() if isinstance(value, Tensor)}
