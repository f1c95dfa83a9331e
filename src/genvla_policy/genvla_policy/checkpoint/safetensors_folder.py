# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights in a folder of safetensors files, in one file or in shards, in the Hub's layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
import json
import math
from pathlib import Path
from typing import Any, cast

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
import torch
from torch import Tensor

WEIGHTS_FILE = 'model.safetensors'
INDEX_FILE = 'model.safetensors.index.json'
MAX_SHARD_BYTES = 2 * 1024**3

_PIECE_BYTES = 16 * 1024**2
_SHARDS = 'model-*-of-*.safetensors'
_LFS_POINTER = b'version https://git-lfs'
_DTYPES = {
    'F64': torch.float64,
    'F32': torch.float32,
    'F16': torch.float16,
    'BF16': torch.bfloat16,
    'I64': torch.int64,
    'I32': torch.int32,
    'U8': torch.uint8,
    'BOOL': torch.bool,
}


class WeightsUnreadable(ValueError):
    """The weights of a folder cannot be read; the message names the file and the reason."""


@dataclass(frozen=True)
class WeightInfo:
    """The shape and the number type of a weight.

    Attributes:
        shape: Shape of the weight.
        dtype: Number type of the weight.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype

    @property
    def num_bytes(self) -> int:
        """Size in memory [bytes]."""
        return math.prod(self.shape) * self.dtype.itemsize

    @classmethod
    def of(cls, tensor: Tensor) -> WeightInfo:
        """Return the shape and the number type of a tensor."""
        return cls(tuple(tensor.shape), tensor.dtype)


class SafetensorsFolder:
    """Reads one weight at a time; the files are memory-mapped, never loaded whole.

    Attributes:
        infos: Shape and dtype of every weight, by name.
    """

    def __init__(self, folder: Path) -> None:
        """Read the headers of all files.

        Raises:
            WeightsUnreadable: There are no weights; or a shard is missing, truncated, only a Git
                LFS pointer, of an unsupported number type, or does not match the index.
        """
        files = _files(folder)
        self._opened = {path: _open(path) for path in files}
        self._file_of: dict[str, Path] = {}
        for path, opened in self._opened.items():
            self._file_of |= dict.fromkeys(opened.keys(), path)
        for path, names in files.items():
            absent = sorted(set(names) - set(self._opened[path].keys()))
            if absent:
                raise WeightsUnreadable(
                    f'{path} lacks {absent[:3]}, which {INDEX_FILE} lists; the two files are from '
                    'different downloads'
                )
        self.infos: Mapping[str, WeightInfo] = {name: self._info(name) for name in self._file_of}

    def read(
        self,
        name: str,
        *,
        device: torch.device | str = 'cpu',
        dtype: torch.dtype | None = None,
    ) -> Tensor:
        """Return one weight.

        A weight that must be cast or moved is read in pieces, so it never needs its memory twice.

        Args:
            name: Name of the weight.
            device: Device to put the weight on.
            dtype: Number type of a floating-point weight; None keeps the stored one.
        """
        opened, info = self._opened[self._file_of[name]], self.infos[name]
        kind = dtype if dtype and info.dtype.is_floating_point else info.dtype
        if (kind, torch.device(device).type) == (info.dtype, 'cpu'):
            stored: Tensor = opened.get_tensor(name)
            return stored
        if not info.num_bytes or not info.shape:
            return cast(Tensor, opened.get_tensor(name)).to(device, kind)
        weight, part = torch.empty(info.shape, dtype=kind, device=device), opened.get_slice(name)
        rows = max(1, _PIECE_BYTES * info.shape[0] // info.num_bytes)
        for first in range(0, info.shape[0], rows):
            weight[first : first + rows] = part[first : first + rows]
        return weight

    def _info(self, name: str) -> WeightInfo:
        path = self._file_of[name]
        part = self._opened[path].get_slice(name)
        if part.get_dtype() not in _DTYPES:
            raise WeightsUnreadable(
                f'{path}: {name} is {part.get_dtype()}; supported: {sorted(_DTYPES)}'
            )
        return WeightInfo(tuple(part.get_shape()), _DTYPES[part.get_dtype()])


def write_safetensors(
    folder: Path,
    infos: Mapping[str, WeightInfo],
    read: Callable[[str], Tensor],
    *,
    max_shard_bytes: int = MAX_SHARD_BYTES,
) -> None:
    """Write weights into a folder, with one shard of them in memory at a time.

    The index is written last, so an incomplete set of weights never looks complete.

    Args:
        folder: Folder to write to; must exist. Existing weights are replaced.
        infos: Shape and dtype of every weight, by name, in the order to write them.
        read: Returns a weight by its name.
        max_shard_bytes: Maximum size of a file [bytes]; a larger weight has a file of its own.

    Raises:
        ValueError: read() returns another shape or dtype than `infos` states.
        OSError: The disk is full, or the folder is not writable.
    """
    shards = list(_plan(infos, max_shard_bytes))
    # An old single file would otherwise be read in place of the new shards.
    for old in (folder / WEIGHTS_FILE, folder / INDEX_FILE, *folder.glob(_SHARDS)):
        old.unlink(missing_ok=True)
    weight_map: dict[str, str] = {}
    for number, names in enumerate(shards, start=1):
        file = WEIGHTS_FILE
        if len(shards) > 1:
            file = f'model-{number:05d}-of-{len(shards):05d}.safetensors'
        tensors = {name: _checked(name, read(name), infos[name]) for name in names}
        try:
            save_file(tensors, folder / file, metadata={'format': 'pt'})
        except SafetensorError as error:
            raise OSError(f'{folder / file} cannot be written: {error}') from error
        # safetensors makes files readable for the owner only; a robot often runs as another user.
        (folder / file).chmod(0o644)
        weight_map |= dict.fromkeys(names, file)
        del tensors
    if len(shards) > 1:
        total = sum(info.num_bytes for info in infos.values())
        index = {'metadata': {'total_size': total}, 'weight_map': weight_map}
        (folder / INDEX_FILE).write_text(json.dumps(index, indent=2) + '\n', encoding='utf-8')


def _files(folder: Path) -> dict[Path, list[str]]:
    """Return the files of a folder, each with the names that it must hold."""
    if (folder / WEIGHTS_FILE).is_file():
        return {folder / WEIGHTS_FILE: []}
    index = folder / INDEX_FILE
    if not index.is_file():
        raise WeightsUnreadable(
            f'{folder} contains neither {WEIGHTS_FILE} nor {INDEX_FILE}; it contains '
            f'{sorted(path.name for path in folder.iterdir())[:20]}'
        )
    try:
        weight_map = json.loads(index.read_text(encoding='utf-8'))['weight_map']
        files: dict[Path, list[str]] = {}
        for name, file in weight_map.items():
            files.setdefault(folder / file, []).append(name)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WeightsUnreadable(
            f'{index} is not an index of safetensors files: {error!r}'
        ) from error
    missing = sorted(path.name for path in files if not path.is_file())
    if missing:
        raise WeightsUnreadable(
            f'{folder} lacks {len(missing)} of {len(files)} files that {INDEX_FILE} lists: '
            f'{missing}; download them'
        )
    return files


def check_downloaded(path: Path) -> None:
    """Reject a Git LFS pointer in place of the file itself.

    Raises:
        WeightsUnreadable: The file is a Git LFS pointer.
    """
    with path.open('rb') as file:
        if file.read(len(_LFS_POINTER)) == _LFS_POINTER:
            raise WeightsUnreadable(
                f'{path} is a Git LFS pointer, not the file itself; run `git lfs pull` in its '
                'folder'
            )


def _open(path: Path) -> Any:
    check_downloaded(path)
    try:
        return safe_open(path, framework='pt')
    except (SafetensorError, OSError) as error:
        raise WeightsUnreadable(
            f'{path} is not a complete safetensors file ({error}); download it again'
        ) from error


def _plan(infos: Mapping[str, WeightInfo], max_shard_bytes: int) -> Iterator[list[str]]:
    """Yield the names of the weights in each shard, in order."""
    names: list[str] = []
    size = 0
    for name, info in infos.items():
        if names and size + info.num_bytes > max_shard_bytes:
            yield names
            names, size = [], 0
        names.append(name)
        size += info.num_bytes
    yield names


def _checked(name: str, tensor: Tensor, info: WeightInfo) -> Tensor:
    if WeightInfo.of(tensor) != info:
        raise ValueError(f'{name} is {WeightInfo.of(tensor)}, expected {info}')
    return tensor.detach().cpu().contiguous()
