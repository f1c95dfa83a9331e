# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Conversations in parquet files with embedded pictures, as on the Hugging Face Hub.

A row has its picture in image or images, and its conversation in conversations or messages:

- LLaVA-OneVision (lmms-lab/LLaVA-OneVision-Data): id, image (struct{bytes, path}, may be null),
  conversations (list of {from, value}, of several turns), data_source;
- VQASynth-Spatial (remyxai/vqasynth_spacellava): images (list of struct{bytes, path}), messages
  (list of {role, content: list of {index, text, type}}).

Rows are read in blocks: a row group, or part of a large one. A row group on the Hub holds about a
hundred rows with one picture each and makes one or two blocks. In a file with far larger row
groups, every block read scans the row group from its start.

Shape suffixes: K blocks of all files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
import functools
from pathlib import Path
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
import pyarrow as pa
import pyarrow.parquet as pq

from genvla_training.data.conversation import Conversation, VisionLanguageDataset
from genvla_training.data.episode import BadData
from genvla_training.data.picture_bytes import decode_picture
from genvla_training.data.turns import parse_turns

_PICTURE_COLUMNS = ('images', 'image')
_TURN_COLUMNS = ('conversations', 'messages')
_BLOCK_BYTES = 2**24
"""Maximum size of a block, uncompressed [bytes]."""
_BUFFER_BYTES = 2**20
_OF_SPLIT = re.compile(r'(.+)-\d{5}-of-\d{5}')


def open_hf_parquet(
    files_or_folder: Path | str | Sequence[Path | str],
    *,
    name: str | None = None,
    split: str = '',
) -> VisionLanguageDataset:
    """Open parquet files; only their footers are read at this point.

    Args:
        files_or_folder: The files, or a folder that contains them at any depth.
        name: Name for logs; None for the name of the folder.
        split: Split to read from a folder; its files are named SPLIT-00000-of-00012.parquet.
            Empty: all files, which must then belong to one split.

    Raises:
        BadData: A file is missing or unreadable, a column is missing, there are no files of the
            split, or the folder holds several splits and `split` is empty.
    """
    if isinstance(files_or_folder, (str, Path)) and Path(files_or_folder).is_dir():
        folder = Path(files_or_folder)
        files = _files_in(folder, split)
    else:
        given = files_or_folder
        files = [Path(given)] if isinstance(given, (str, Path)) else [Path(file) for file in given]
        if not files:
            raise BadData('no parquet files were given')
        folder = files[0].parent
    return HfParquet(name or folder.resolve().name, files)


@dataclass(frozen=True)
class _Block:
    """Some rows of a row group.

    Attributes:
        file: Index of the file.
        group: Index of the row group in the file.
        first: First row, counted in the row group.
        count: Number of rows.
        group_start: First row of the row group, counted in the file.
    """

    file: int
    group: int
    first: int
    count: int
    group_start: int


class HfParquet:
    """Parquet files opened by open_hf_parquet().

    The last block stays in memory, so reading neighbours in sequence is much faster than reading
    in random order.
    """

    def __init__(self, name: str, files: Sequence[Path]) -> None:
        """Read the footers."""
        self._name = name
        self._files = tuple(files)
        self._columns: list[tuple[str, str]] = []
        self._blocks: list[_Block] = []
        for number, path in enumerate(self._files):
            with _opened(path) as file:
                self._columns.append(_columns(path, file.schema_arrow.names))
                self._blocks += _blocks(number, file.metadata)
        self._ends_K: NDArray[np.int64] = np.cumsum(
            [block.count for block in self._blocks], dtype=np.int64
        )
        self._kept: tuple[int, pa.Table] | None = None

    @property
    def name(self) -> str:
        """Name for logs."""
        return self._name

    def __len__(self) -> int:
        """Return the number of conversations."""
        return int(self._ends_K[-1]) if len(self._ends_K) else 0

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {'_kept': None}

    @property
    def block_starts_K(self) -> NDArray[np.int64]:
        """First row of each block, over all files."""
        return np.append(0, self._ends_K[:-1])

    @property
    def fingerprint(self) -> bytes:
        """Names and sizes of the files, and the ends of the blocks."""
        files = [(path.name, path.stat().st_size) for path in self._files]
        return repr(files).encode() + self._ends_K.tobytes()

    def fetch(self, index: int) -> Callable[[], Conversation]:
        """Read one row and return a function that decodes it."""
        if not 0 <= index < len(self):
            raise IndexError(
                f'{self._name} has {len(self)} conversations, but {index} was requested'
            )
        number = int(np.searchsorted(self._ends_K, index, side='right'))
        block = self._blocks[number]
        row_in_block = index - int(self._ends_K[number]) + block.count
        (row,) = self._table(number).slice(row_in_block, 1).to_pylist()
        row_in_file = block.group_start + block.first + row_in_block
        source = f'{self._files[block.file]}, row {row_in_file}'
        return functools.partial(_decode, row, self._columns[block.file], source)

    def read(self, index: int) -> Conversation:
        """Read one conversation and decode its pictures."""
        return self.fetch(index)()

    def _table(self, number: int) -> pa.Table:
        if self._kept is None or self._kept[0] != number:
            self._kept = None  # free it first: two blocks would double the memory
            block = self._blocks[number]
            with _opened(self._files[block.file]) as file:
                self._kept = number, _read(file, block, self._columns[block.file])
        return self._kept[1]


def _blocks(number: int, metadata: pq.FileMetaData) -> Iterator[_Block]:
    """Split the row groups of a file into blocks of equal, limited size."""
    group_start = 0
    for group in range(metadata.num_row_groups):
        rows, size = metadata.row_group(group).num_rows, metadata.row_group(group).total_byte_size
        length = max(1, -(-rows // max(1, -(-size // _BLOCK_BYTES))))
        for first in range(0, rows, length):
            yield _Block(number, group, first, min(length, rows - first), group_start)
        group_start += rows


def _read(file: pq.ParquetFile, block: _Block, columns: Sequence[str]) -> pa.Table:
    """Read a block, discarding the rows of its row group that come before it."""
    parts, at, end = [], 0, block.first + block.count
    for batch in file.iter_batches(
        batch_size=block.count, row_groups=[block.group], columns=list(columns), use_threads=False
    ):
        first, last = max(block.first, at), min(end, at + len(batch))
        if first < last:
            parts.append(batch.slice(first - at, last - first))
        at += len(batch)
        if at >= end:
            break
    return pa.Table.from_batches(parts)


def _decode(row: Mapping[str, Any], columns: tuple[str, str], source: str) -> Conversation:
    picture_column, turn_column = columns
    images = tuple(
        decode_picture(encoded, source=source) for encoded in _encoded(row[picture_column], source)
    )
    return Conversation(
        source, images, parse_turns(row[turn_column], num_images=len(images), source=source)
    )


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    try:
        with pq.ParquetFile(path, buffer_size=_BUFFER_BYTES) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        raise BadData(
            f'{path} cannot be read: {error}; it is missing, truncated or only a Git LFS pointer: '
            'download it again'
        ) from error


def _files_in(folder: Path, split: str) -> list[Path]:
    files = sorted(folder.rglob('*.parquet'))
    if not files:
        raise BadData(f'{folder} holds no parquet files; download them')
    split_of = {file: found[1] for file in files if (found := _OF_SPLIT.match(file.name))}
    splits = sorted(set(split_of.values()))
    if split:
        if split not in splits:
            raise BadData(f'{folder} holds no files of the split {split!r}; it holds {splits}')
        return [file for file in files if split_of.get(file) == split]
    if len(splits) > 1:
        raise BadData(
            f'{folder} holds files of the splits {splits}; set `split` to the one to read, so '
            'that no test data is trained on'
        )
    return files


def _columns(path: Path, names: Sequence[str]) -> tuple[str, str]:
    """Return the names of the picture column and the conversation column."""
    found = []
    for known in (_PICTURE_COLUMNS, _TURN_COLUMNS):
        column = next((name for name in known if name in names), None)
        if column is None:
            raise BadData(f'{path} has no column {" or ".join(known)}; it has {sorted(names)}')
        found.append(column)
    return found[0], found[1]


def _encoded(value: object, source: str) -> list[bytes]:
    """Return the encoded pictures of a row."""
    if value is None:
        return []
    pictures = []
    for item in value if isinstance(value, list) else [value]:
        match item:
            case bytes(encoded) | {'bytes': bytes(encoded)}:
                pictures.append(encoded)
            case {'bytes': None, 'path': str(path)}:
                raise BadData(
                    f'{source}: an image has only the path {path!r}; expected its bytes. Download '
                    'the parquet files with embedded images'
                )
            case {'bytes': None} if not isinstance(value, list):
                pass
            case _:
                raise BadData(
                    f'{source}: an image is {item!r:.80}, expected struct{{bytes, path}} or bytes'
                )
    return pictures
