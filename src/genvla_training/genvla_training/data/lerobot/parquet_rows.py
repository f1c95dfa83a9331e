# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Write parquet rows to files of bounded size, and read them by range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
import pyarrow as pa
import pyarrow.parquet as pq

from genvla_training.data.episode import BadData
from genvla_training.data.lerobot.layout import FileNumber
from genvla_training.data.lerobot.unreadable import must_be_readable


class ParquetWriter:
    """Writes tables to numbered files, one row group per table; use it in a with statement."""

    def __init__(self, folder: Path, template: str, max_bytes: float, chunk_files: int) -> None:
        """Prepare to write; write() creates the first file.

        Args:
            folder: The data set's folder.
            template: Path template of the files.
            max_bytes: Size at which a file is closed [bytes].
            chunk_files: Number of files in a chunk folder.
        """
        self._folder = folder
        self._template = template
        self._max_bytes = max_bytes
        self._chunk_files = chunk_files
        self._number = FileNumber()
        self._schema: Any = None
        self._sink: Any = None
        self._writer: Any = None

    def next_number(self) -> FileNumber:
        """Return the number of the file that the next write() uses."""
        if self._sink is not None and self._sink.tell() >= self._max_bytes:
            self._close()
            self._number = self._number.next(self._chunk_files)
        return self._number

    def write(self, table: pa.Table) -> None:
        """Append a table.

        Raises:
            BadData: Its columns differ from those of the earlier tables.
        """
        path = self._folder / self.next_number().path(self._template)
        if self._writer is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._schema = self._schema or table.schema
            self._sink = path.open('wb')
            self._writer = pq.ParquetWriter(self._sink, self._schema, compression='snappy')
        try:
            table = table.cast(self._schema)
        except (pa.ArrowException, ValueError) as error:
            raise BadData(
                f'columns differ from the previous ones ({error}); write all data sets with the '
                'same version of the same tool'
            ) from error
        self._writer.write_table(table, row_group_size=len(table))

    def __enter__(self) -> ParquetWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._sink.close()
            self._writer = self._sink = None


@dataclass(frozen=True)
class _Footer:
    metadata: Any
    names: Sequence[str]
    starts: NDArray[np.int64]
    """First row of each row group, followed by the number of rows."""


def read_rows(
    path: Path, columns: Sequence[str], *, source: str, start: int = 0, stop: int | None = None
) -> pa.Table:
    """Read a range of rows, and only the row groups that contain them.

    Args:
        path: A parquet file.
        columns: Names of the columns to read.
        source: Description of the data, for messages.
        start: First row.
        stop: Row after the last one; None for all rows from `start`.

    Raises:
        BadData: The file is missing or unreadable, or lacks a column or rows.
    """
    with must_be_readable(path, source):
        stat = path.stat()
        footer = _footer(path, stat.st_mtime_ns, stat.st_size)
        num_rows = int(footer.starts[-1])
        stop = num_rows if stop is None else stop
        if not 0 <= start < stop <= num_rows:
            raise BadData(
                f'{source}: {path} has {num_rows} rows, expected rows {start} to {stop - 1}; the '
                'file and meta/ have different versions, or the file is incomplete: download both '
                'again'
            )
        absent = [name for name in columns if name not in footer.names]
        if absent:
            raise BadData(f'{source}: {path} lacks the columns {absent}; it has {footer.names}')
        first = int(np.searchsorted(footer.starts, start, side='right')) - 1
        last = int(np.searchsorted(footer.starts, stop, side='left'))
        with pq.ParquetFile(path, metadata=footer.metadata) as file:
            groups = file.read_row_groups(
                range(first, last), columns=list(columns), use_threads=False
            )
    return groups.slice(start - int(footer.starts[first]), stop - start)


@lru_cache(maxsize=8)
def _footer(path: Path, modified_ns: int, num_bytes: int) -> _Footer:
    """Read and cache a footer, which may be large; the stamps detect a changed file."""
    metadata = pq.read_metadata(path)
    sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    return _Footer(metadata, metadata.schema.to_arrow_schema().names, np.cumsum([0, *sizes]))
