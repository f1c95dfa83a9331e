# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read numeric parquet columns as arrays.

Shape suffixes: T rows, N numbers per row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
import pyarrow as pa
import pyarrow.compute as pc

from genvla_training.data.episode import BadData


def is_numeric(kind: pa.DataType) -> bool:
    """Return whether a column holds numbers, or lists of them."""
    while _is_list(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    )


def numbers(table: pa.Table, name: str, source: str) -> NDArray[np.generic]:
    """Return a column as (T, N), or as (T,) if its rows are single numbers.

    Nested lists are flattened. A missing number becomes NaN.

    Raises:
        BadData: The column is not numeric, or its rows differ in length.
    """
    column = table.column(name)
    if not is_numeric(column.type):
        raise BadData(f'{source}: column {name!r} holds {column.type}, expected numbers')
    values = pa.concat_arrays(column.chunks) if column.num_chunks != 1 else column.chunk(0)
    is_flat = True
    while _is_list(values.type):
        if len(pc.unique(pc.list_value_length(values))) > 1:
            raise BadData(f'{source}: rows of column {name!r} differ in length')
        values = values.flatten()
        is_flat = False
    array: NDArray[np.generic] = values.to_numpy(zero_copy_only=False)
    return array if is_flat else array.reshape(len(column), -1)


def whole_numbers(table: pa.Table, name: str, source: str) -> NDArray[np.int64]:
    """Return a column of integers, (T,).

    Raises:
        BadData: The column has another type, or a row has no value.
    """
    column = table.column(name)
    if not pa.types.is_integer(column.type) or column.null_count:
        absent = np.flatnonzero(column.is_null().to_numpy()).tolist()
        raise BadData(
            f'{source}: column {name!r} holds {column.type}, and is empty in rows {absent[:5]}; '
            'expected integers in every row: download the file again'
        )
    return np.asarray(numbers(table, name, source), dtype=np.int64)


def _is_list(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )
