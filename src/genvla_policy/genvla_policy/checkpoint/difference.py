# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Keep only what differs from a checkpoint's base: python -m genvla_policy.checkpoint.difference.

A weight that training did not change is not stored. A weight with merged low-rank adapters is
stored as two thin factors, which are multiplied when the checkpoint is loaded. So a loaded
checkpoint always has plain weights. All other weights are stored whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
import shutil
from typing import Annotated, Literal

import torch
from torch import Tensor
from tqdm import tqdm
import tyro

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.whole_folder import whole_folder
from genvla_policy.checkpoint.base import Base, weights_sha256, write_base
from genvla_policy.checkpoint.folder import FILES, Checkpoint
from genvla_policy.checkpoint.over_base import DOWN, UP
from genvla_policy.checkpoint.safetensors_folder import (
    WEIGHTS_FILE,
    SafetensorsFolder,
    WeightInfo,
    write_safetensors,
)

_DTYPES = {'float32': torch.float32, 'bfloat16': torch.bfloat16, 'float16': torch.float16}
_SMALLEST = 1e-4
"""Singular values below this share of the largest count as rounding errors."""


@dataclass(frozen=True)
class DifferenceOptions:
    """A trained checkpoint, and the checkpoint that it was trained from."""

    checkpoint: Annotated[Path, tyro.conf.Positional]
    """Checkpoint folder, with all its weights."""
    base: Annotated[Path, tyro.conf.Positional]
    """Checkpoint folder that its training started from."""
    out: Annotated[Path, tyro.conf.Positional]
    """Checkpoint folder to write; must not exist."""
    max_rank: int = 64
    """Differences of a higher rank are stored whole."""
    dtype: Literal['float32', 'bfloat16', 'float16'] = 'float16'
    """Number type of the stored weights."""


def write_difference(
    checkpoint: Path, base: Path, out: Path, *, max_rank: int, dtype: torch.dtype
) -> None:
    """Write a checkpoint folder that holds only what differs from its base.

    Args:
        checkpoint: Folder with all weights.
        base: Folder that its training started from; the hash of its weights is recorded.
        out: Folder to write; appears only when it is complete.
        max_rank: Differences of a higher rank are stored whole.
        dtype: Number type of the stored weights.

    Raises:
        CheckpointMismatch: One of the folders is not a complete checkpoint.
        WeightsUnreadable: Weights cannot be read.
        FileExistsError: `out` already exists.
    """
    if out.exists():
        raise FileExistsError(f'{out} already exists; choose another folder')
    Checkpoint.open(checkpoint)
    ours, theirs = SafetensorsFolder(checkpoint), SafetensorsFolder(base)
    stored: dict[str, Tensor] = {}
    for name in tqdm(ours.infos, desc='comparing', unit='weight', mininterval=0.5):
        weight = ours.read(name)
        before = theirs.read(name) if name in theirs.infos else None
        stored |= _difference(name, weight, before, max_rank, dtype)
    with whole_folder(out) as partial:
        for file in FILES:
            if file != WEIGHTS_FILE:
                shutil.copyfile(checkpoint / file, partial / file)
        sha256 = weights_sha256(theirs, lambda name: name not in stored)
        write_base(partial, Base(Checkpoint.open(base).config.name, sha256))
        infos = {name: WeightInfo.of(weight) for name, weight in stored.items()}
        write_safetensors(partial, infos, stored.__getitem__)


def _difference(
    name: str, weight: Tensor, before: Tensor | None, max_rank: int, dtype: torch.dtype
) -> dict[str, Tensor]:
    """Return the tensors to store for a weight, by name."""
    if before is None or before.shape != weight.shape:
        return {name: weight.to(dtype)}
    if torch.equal(weight.float(), before.float()):
        return {}
    if weight.ndim == 2 and min(weight.shape) > 2 * max_rank:
        change = weight.float() - before.float()
        left, values, right = torch.linalg.svd(change, full_matrices=False)
        rank = int((values > _SMALLEST * values[0]).sum())
        if rank <= max_rank:
            root = values[:rank].sqrt()
            return {
                name + UP: (left[:, :rank] * root).to(dtype).contiguous(),
                name + DOWN: (root[:, None] * right[:rank]).to(dtype).contiguous(),
            }
    return {name: weight.to(dtype)}


def main(args: Sequence[str] | None = None) -> None:
    """Write the difference that the command line names."""
    options = parse(
        DifferenceOptions, args, module='genvla_policy.checkpoint.difference', description=__doc__
    )
    with ends_with_a_sentence(ValueError, OSError, if_stopped='no output was kept'):
        write_difference(
            options.checkpoint,
            options.base,
            options.out,
            max_rank=options.max_rank,
            dtype=_DTYPES[options.dtype],
        )
    size = (options.out / WEIGHTS_FILE).stat().st_size
    print(f'wrote {options.out}: {size / 1e6:.1f} MB of weights')


if __name__ == '__main__':
    main()
