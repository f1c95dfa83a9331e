# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parquet columns of numbers as arrays.

Shape suffixes: T rows, N numbers of a row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
import pyarrow as pa

from genvla_training.data.episode import BadData


def is_numeric(kind: pa.DataType) -> bool:
    """Return whether a column holds numbers, or lists of them."""
    while (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    ):
        kind = kind.value_type
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    )


def numbers(table: pa.Table, name: str, source: str) -> NDArray[np.generic]:
    """Return a column as (T, N), or as (T,) where a row is one number; nested lists are flattened.

    A number that is missing is NaN.

    Raises:
        BadData: It holds no numbers, or rows differ in length.
    """
    column = table.column(name)
    if not is_numeric(column.type):
        raise BadData(f'{source}: column {name!r} holds {column.type}, expected numbers')
    values = pa.concat_arrays(column.chunks) if column.num_chunks != 1 else column.chunk(0)
    is_flat = True
    while hasattr(values.type, 'value_type') and not pa.types.is_dictionary(values.type):
        values = values.flatten()
        is_flat = False
    array: NDArray[np.generic] = values.to_numpy(zero_copy_only=False)
    if is_flat:
        return array
    if len(array) % len(column):
        raise BadData(f'{source}: rows of column {name!r} differ in length')
    return array.reshape(len(column), -1)
